"""The sentences of Unix' authentication programs, as tables of patterns.

Enters: nothing. Leaves: tables of `Sentence`s for `unix_texts.py`.

Names, host names, directories and commands are chosen by attackers. Where the program writes them before the
address (sshd), a pattern is anchored at the sentence's end and the name is greedy; where the remote side writes the
tail (disconnect reasons, key offers), it is anchored at the start.
Source: OpenSSH auth.c, packet.c, sshd.c; Linux-PAM; sudo log.c; shadow; cronie; systemd-logind; polkit.
"""
# ruff: noqa: E501 - a sentence is read whole

from __future__ import annotations

import re

Sentence = tuple[str, str, re.Pattern[str]]
"""Action, status, and the sentence itself; an empty action is taken from the group `action`."""

_USER = r"(?:(?P<unknown>invalid user|illegal user) )?(?P<user>.*)"
_PEER = r"(?P<src_ip>[^\s:]\S*) port (?P<src_port>\d+)"
_PREAUTH = r"(?: \[preauth\])?\s*$"


def said(action: str, status: str, pattern: str) -> Sentence:
    return action, status, re.compile(pattern, re.DOTALL)


SSHD_SENTENCES: dict[str, tuple[Sentence, ...]] = {
    "Accepted": (
        said("accepted", "Success", rf"Accepted (?P<method>\S+) for (?P<user>.*) from {_PEER}(?P<more>(?: ssh\d)?.*)$"),
        said("accepted", "Success", r"Accepted key (?P<key_type>\S+) (?P<fingerprint>\S+) found at (?P<key_file>.*)$"),
        said("accepted", "Success", r"Accepted (?P<method>\S+) for (?P<user>\S+)$"),
    ),
    "Failed": (
        said(
            "failed",
            "Failure",
            rf"Failed (?P<method>\S+) for {_USER} from {_PEER}(?: ssh\d)?(?:: (?P<key>\S+ \S+))?{_PREAUTH}",
        ),
        said("failed", "Failure", rf"Failed (?P<method>\S+) for {_USER} from {_PEER}(?P<more>.*)$"),
    ),
    "Postponed": (said("postponed", "", rf"Postponed (?P<method>\S+) for {_USER} from {_PEER}(?: ssh\d)?{_PREAUTH}"),),
    "Invalid": (
        said(
            "invalid user", "Failure", r"Invalid user (?P<user>.*) from (?P<src_ip>\S+)(?: port (?P<src_port>\d+))?\s*$"
        ),
    ),
    "User": (
        said("not allowed", "Failure", r"User (?P<user>.*) from (?P<src_ip>\S+) not allowed because (?P<reason>.*)$"),
        said("child", "", r"User child is on pid (?P<child_pid>\d+)$"),
    ),
    "Connection": (
        said(
            "connection closed",
            "",
            rf"Connection (?P<how>closed|reset) by (?:(?P<unknown>invalid user|illegal user|authenticating user) )?(?:(?P<user>.*) )?{_PEER}{_PREAUTH}",
        ),
        said("connection closed", "", r"Connection (?P<how>closed|reset) by (?P<src_ip>\S+)$"),
        said("connection", "", rf"Connection from {_PEER} on (?P<dst_ip>\S+) port (?P<dst_port>\d+)(?: rdomain .*)?$"),
        said("connection", "", rf"Connection from {_PEER}"),
    ),
    "Disconnected": (
        said(
            "disconnected",
            "",
            rf"Disconnected from (?:(?P<unknown>invalid user|illegal user|authenticating user|user) )?(?:(?P<user>.*) )?{_PEER}{_PREAUTH}",
        ),
        said("disconnected", "", r"Disconnected from (?P<src_ip>\S+)$"),
    ),
    "Disconnecting": (
        said(
            "disconnecting",
            "Failure",
            rf"Disconnecting (?:(?P<unknown>invalid user|illegal user|authenticating user|user) )?(?:(?P<user>.*) )?{_PEER}: (?P<reason>[^:]*?){_PREAUTH}",
        ),
    ),
    "Received": (
        said(
            "disconnected",
            "",
            r"Received disconnect from (?P<src_ip>[^\s:]+|\S+(?=: ))(?: port (?P<src_port>\d+))?: ?(?P<code>\d+): (?P<reason>.*?)(?: \[preauth\])?$",
        ),
    ),
    "Bad": (said("bad protocol", "Failure", rf"Bad protocol version identification (?P<reason>.*) from {_PEER}\s*$"),),
    "Did": (
        said(
            "no identification",
            "Failure",
            r"Did not receive identification string from (?P<src_ip>\S+)(?: port (?P<src_port>\d+))?",
        ),
    ),
    "Unable": (said("negotiation failed", "Failure", rf"Unable to negotiate with {_PEER}: (?P<reason>.*?){_PREAUTH}"),),
    "Timeout": (
        said(
            "timeout",
            "Failure",
            r"Timeout before authentication for (?:connection from )?(?P<src_ip>\S+)(?: port (?P<src_port>\d+))?",
        ),
    ),
    "maximum": (
        said(
            "too many failures",
            "Failure",
            rf"maximum authentication attempts exceeded for {_USER} from {_PEER}(?: ssh\d)?{_PREAUTH}",
        ),
    ),
    "Starting": (said("session", "", rf"Starting session: (?P<session>.*?) for (?P<user>\S+) from {_PEER}"),),
    "input_userauth_request:": (
        said("invalid user", "Failure", rf"input_userauth_request: invalid user (?P<user>.*?){_PREAUTH}"),
    ),
    "ssh_dispatch_run_fatal:": (
        said(
            "connection error",
            "Failure",
            rf"ssh_dispatch_run_fatal: Connection from (?:(?P<unknown>invalid user|authenticating user|user) )?(?:(?P<user>.*) )?{_PEER}: (?P<reason>[^:]*?){_PREAUTH}",
        ),
    ),
    "Server": (said("listening", "", r"Server listening on (?P<dst_ip>\S+) port (?P<dst_port>\d+)\.$"),),
    "reverse": (
        said(
            "break-in attempt",
            "Failure",
            r"reverse mapping checking getaddrinfo for (?P<src_name>\S+) \[(?P<src_ip>[^\]]+)\] failed",
        ),
    ),
    "Address": (
        said(
            "break-in attempt",
            "Failure",
            r"Address (?P<src_ip>\S+) maps to (?P<src_name>\S+), but this does not map back",
        ),
    ),
    "Close": (said("session closed", "", rf"Close session: user (?P<user>\S+) from {_PEER}"),),
    "Nasty": (said("nasty PTR record", "Failure", r"Nasty PTR record .* for (?P<src_ip>\S+?),"),),
    "Authentication": (said("refused", "Failure", r"Authentication refused: (?P<reason>.*)$"),),
    "Accepting": (said("accepting", "", r"Accepting (?P<reason>.*)$"),),
}

PAM = re.compile(r"(?P<module>pam_\w+)\((?P<service>[^:)]*)(?::(?P<type>[\w-]*))?\): (?P<said>.*)$", re.DOTALL)
PAM_SENTENCES: tuple[Sentence, ...] = (
    said(
        "session opened",
        "Success",
        r"session opened for user (?>(?P<user>.*?)(?:\(uid=(?P<uid>\d+)\))? by )(?P<by>.*)\(uid=(?P<by_uid>\d+)\)\s*$",
    ),
    said("session closed", "", r"session closed for user (?P<user>.*?)\s*$"),
    said(
        "authentication failure",
        "Failure",
        r"(?P<count>\d+ more )?authentication failures?; logname=(?>(?P<logname>.*?) uid=)(?P<uid>\d*) euid=(?P<euid>\d*) tty=(?>(?P<TTY>.*?) ruser=)(?>(?P<ruser>.*?) rhost=)(?P<src_ip>\S*)(?:\s+user=(?P<user>.*))?$",
    ),
    said("password changed", "Success", r"password changed for (?P<user>.*)$"),
    said("check pass", "Failure", r"check pass; user unknown"),
    said("account locked", "Failure", r"Consecutive login failures for user (?P<user>.*?) account temporarily locked"),
    said("granted access", "Success", r"user '(?P<user>.*)' granted access"),
    said("user unknown", "Failure", r"User unknown|bad username \[(?P<user>.*)\]"),
    said("could not identify", "Failure", r"could not identify password for \[(?P<user>.*)\]"),
    said("conversation failed", "Failure", r"(?:auth could not identify|conversation failed)"),
    said("tally", "Failure", r"user (?P<user>.*?) \((?P<uid>\d+)\) tally (?P<count>\d+), deny"),
    said("account expired", "Failure", r"account (?P<user>.*?) has expired"),
)
PAM_COUNTED = re.compile(r"PAM (?=\d+ more authentication failure)")

SUDO = re.compile(
    r"\s*(?>(?P<user>.{1,256}?) : )(?:(?P<reason>[^;=]*) ; )?(?:HOST=(?>(?P<HOST>.*?) ; (?=TTY=)))?TTY=(?>(?P<TTY>.*?) ; )"
    r"(?:CHROOT=(?>(?P<CHROOT>.*?) ; (?=PWD=)))?PWD=(?>(?P<PWD>.*?) ; (?=GROUP=|USER=))(?:GROUP=(?>(?P<GROUP>.*?) ; (?=USER=)))?"
    r"USER=(?>(?P<USER>.*?) ; (?=GROUP=|TSID=|ENV=|COMMAND=))(?:GROUP=(?>(?P<GROUP2>.*?) ; ))?(?:TSID=(?>(?P<TSID>.*?) ; ))?"
    r"(?:ENV=(?>(?P<ENV>.*?) ; (?=COMMAND=)))?COMMAND=(?P<COMMAND>.*)$",
    re.DOTALL,
)
OTHERS: dict[str, tuple[Sentence, ...]] = {
    "su": (
        said("su", "Success", r"Successful su for (?P<USER>.*) by (?P<user>\S+)$"),
        said("su", "Failure", r"FAILED su for (?P<USER>.*) by (?P<user>\S+)$"),
        said("su", "Failure", r"FAILED SU \(to (?P<USER>.*)\) (?P<user>\S+) on (?P<TTY>\S+)$"),
        said("su", "Success", r"\(to (?P<USER>.*)\) (?P<user>\S+) on (?P<TTY>\S+)$"),
        said("su", "Success", r"\+ (?P<TTY>\S+) (?P<user>[^:]+):(?P<USER>.*)$"),
        said("su", "Failure", r"- (?P<TTY>\S+) (?P<user>[^:]+):(?P<USER>.*)$"),
    ),
    "login": (
        said(
            "login",
            "Failure",
            r"FAILED LOGIN (?:SESSION )?(?:\(?\d+\)? )?(?:on|FROM|from) '?(?P<TTY>[^']*?)'? (?:from '(?P<src_ip>.*?)' )?FOR '?(?P<user>.*?)'?, (?P<reason>.*)$",
        ),
        said("login", "Success", r"(?P<user>ROOT) LOGIN\s+ON (?P<TTY>\S+)(?: FROM (?P<src_ip>\S+))?"),
        said(
            "login",
            "Success",
            r"(?:DIALUP AT (?:\S+) BY|LOGIN ON (?P<TTY>\S+) BY) (?P<user>\S+)(?: FROM (?P<src_ip>\S+))?$",
        ),
    ),
    "cron": (said("", "", r"\((?P<user>[^)]*)\) (?P<action>[A-Z][A-Z ]{0,40}[A-Z]) \((?P<COMMAND>.*)\)\s*$"),),
    "accounts": (
        said(
            "new user",
            "Success",
            r"new user: name=(?>(?P<user>.*?), UID=)(?P<uid>\d+), GID=(?P<gid>\d+), home=(?>(?P<home>.*?), shell=)(?P<shell>[^,]*)(?:, from=(?P<TTY>.*))?$",
        ),
        said(
            "new group", "Success", r"(?:new group: |group added to \S+: )name=(?P<group>.*?)(?:, GID=(?P<gid>\d+))?$"
        ),
        said("new user", "Failure", r"failed adding user '(?P<user>.*?)', data deleted"),
        said("delete user", "Success", r"delete user '(?P<user>.*)'"),
        said("delete group", "Success", r"(?:removed|delete) (?:shadow )?group '(?P<group>.*)'"),
        said(
            "add to group",
            "Success",
            r"(?:add '(?P<user>.*)' to (?:shadow )?group '(?P<group>.*)'|user (?P<user2>\S+) added by (?P<by>\S+) to group (?P<group2>\S+))",
        ),
        said(
            "remove from group", "Success", r"(?:delete|removed) '(?P<user>.*)' from (?:shadow )?group '(?P<group>.*)'"
        ),
        said("change user", "Success", r"change user '(?P<user>.*?)' (?P<change>.*)$"),
        said("password changed", "Success", r"password for '?(?P<user>.*?)'? changed by '?(?P<by>.*?)'?$"),
        said("password expiry changed", "Success", r"changed password expiry for (?P<user>\S+)$"),
    ),
    "systemd-logind": (
        said(
            "new session",
            "Success",
            r"New session '?(?P<session>\S+?)'? of user '?(?P<user>.*?)'?(?: with class .*)?\.$",
        ),
        said("session removed", "", r"Removed session (?P<session>\S+?)\.$"),
        said("session logged out", "", r"Session (?P<session>\S+) logged out\."),
    ),
    "polkitd": (
        said(
            "authorized",
            "Success",
            r"(?:\S+: )?Operator of (?P<session>\S+) successfully authenticated as unix-user:(?P<USER>\S+) to gain (?P<kind>\S+) authorization for action (?P<polkit_action>\S+) for (?P<COMMAND>.*) \(owned by unix-user:(?P<user>[^)]*)\)$",
        ),
        said(
            "not authorized",
            "Failure",
            r"(?:\S+: )?Operator of (?P<session>\S+) FAILED to authenticate to gain authorization for action (?P<polkit_action>\S+) for (?P<COMMAND>.*) \(owned by unix-user:(?P<user>[^)]*)\)$",
        ),
    ),
    "pkexec": (
        said(
            "",
            "",
            r"(?P<user>[^:\s]+): (?>(?P<action>.*?) \[USER=)(?>(?P<USER>.*?)\] \[TTY=)(?>(?P<TTY>.*?)\] \[CWD=)(?>(?P<PWD>.*?)\](?= \[COMMAND=|$))(?: \[COMMAND=(?P<COMMAND>.*)\])?$",
        ),
    ),
}
