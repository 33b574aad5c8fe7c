"""What clients call themselves: user agents, and the fingerprints of their TLS handshakes.

Enters: the name of a client. Leaves: texts. Fingerprints are made from the name: the same client, the same one.
"""

from __future__ import annotations

from tocsin.simulate.text import digest

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
AGENTS = {
    "edge": f"{_WINDOWS}142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "chrome": f"{_WINDOWS}142.0.0.0 Safari/537.36",
    "firefox": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "phone": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile",
    "update": "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.71",
    "crypto": "Microsoft-CryptoAPI/10.0",
    "connect": "Microsoft NCSI",
    "teams": "Microsoft Teams/25290 (Windows)",
    "outlook": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.19231; Pro)",
    "curl": "curl/7.88.1",
    "apt": "Debian APT-HTTP/1.3 (2.6.1)",
    "powershell": "Mozilla/5.0 (Windows NT; Windows NT 10.0; fr-FR) WindowsPowerShell/5.1.26100.2161",
    "agent": "hurukai-agent/5.2",
    "device": "DeviceService/3.1",
}
JA3 = {name: digest(f"ja3 {name}", 16) for name in AGENTS}


def agent(name: str) -> str:
    """Give the user agent of a client; a text that is no client's name is one itself."""
    return AGENTS.get(name, name)


def ja3(name: str) -> str:
    """Give the fingerprint of a client's handshakes."""
    return JA3.get(name) or digest(f"ja3 {name}", 16)
