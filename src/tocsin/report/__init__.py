"""What people and programs receive of a scan: the terminal's screen, the JSON lines, the HTML page.

All of it is pure: incidents and figures in, text out. Text from logs is never trusted: attackers write it.
"""
