"""Text probes together: whose line is it, what attackers write, and any line is read without raising."""

# ruff: noqa: E501 - log lines stay whole

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import probes
from tocsin.model import COLUMNS, Event, Origin, Parsed
from tocsin.model.times import parse_time

WRITTEN_US = parse_time("2024-06-15T12:00:00Z") or 0

OWNERS = [
    ('type=CWD msg=audit(1718352131.155:1): cwd="/"', "linux.auditd"),
    ('Jun 14 08:02:11 h audispd: node=h type=CWD msg=audit(1718352131.155:1): cwd="/"', "linux.auditd"),
    ('Jun 14 08:02:11 h kernel: [12.5] audit: type=1307 audit(1718352131.155:1): cwd="/"', "linux.auditd"),
    ("type=article author=x date=2024-06-14", "keyvalue.record"),
    ("Jun 14 08:02:11 h sshd[1]: whatever", "linux.auth"),
    ("Jun 14 08:02:11 h /usr/sbin/CRON[1]: (root) CMD (true)", "linux.auth"),
    ("Jun 14 08:02:11 h vsftpd[1]: pam_unix(vsftpd:auth): check pass; user unknown", "linux.auth"),
    ("Jun 14 08:02:11 h lims[1]: Failed password for root from 1.2.3.4 port 5 ssh2", "syslog.line"),
    ("Failed password for root from 1.2.3.4 port 5 ssh2", "linux.auth"),
    ("Failed to connect to the database", "text.line"),
    ("Connection from the ward is slow", "text.line"),
    (
        'id=firewall time="2024-06-14 10:02:11" fw="f" tz=+0200 startime="2024-06-14 10:02:10" logtype="web"',
        "stormshield.web",
    ),
    ('id=firewall sn=00 time="2024-06-14 10:02:11" fw=192.0.2.1 pri=6 c=1 m=97 msg="Web site hit"', "keyvalue.record"),
    ('id=firewall time="2024-06-14 10:02:11" pri=6 fw=192.0.2.1 vpn=v user=u realm="" msg="x"', "ivanti.vpn"),
    ('date=2024-06-14 time=10:02:11 logid="1" type="event" subtype="vpn" level="notice" vd="root"', "fortigate.vpn"),
    ("CEF:0|Fortinet|Fortigate|v7|1|n|5|cat=traffic:forward", "fortigate.traffic"),
    ("CEF:0|Fortinet|FortiMail|v7|1|n|5|a=b", "fortigate.utm"),
    ("CEF:0|Other|Fortinet|v7|1|n|5|a=b", "cef.event"),
    ("1,2024/06/14 10:02:17,1,TRAFFIC,start,2305,2024/06/14 10:02:17,1.2.3.4", "paloalto.traffic"),
    ("1,2024/06/14,10:02:17,TRAFFIC,start", "text.line"),
    ("LEEF:1.0|Palo Alto Networks|PAN-OS|11|x|cat=TRAFFIC\tsrc=1.2.3.4", "paloalto.traffic"),
    ("LEEF:1.0|Other|PAN-OS|11|x|src=1.2.3.4", "leef.event"),
    ('[SSH Session] session_id="1" user="u"', "wallix.bastion"),
    ('[worker-3] status="idle" user="u"', "text.line"),
    ('action="authentify" user="u" client_ip="1.2.3.4" status="failure"', "wallix.bastion"),
    ('192.0.2.1 - j doe [14/Jun/2024:10:02:11 +0200] "GET / HTTP/1.1" 200 5', "web.access"),
    ('[14/Jun/2024:10:02:11 +0200] "GET / HTTP/1.1" 200 5', "text.line"),
    ("1718352135.277 3387 192.0.2.1 TCP_MISS/200 1 GET http://a/ - HIER_DIRECT/192.0.2.2 text/html", "proxy.access"),
    ("x IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=40 PROTO=TCP SPT=1 DPT=2", "linux.netfilter"),
    ("DHCPACK on 192.0.2.1 to 02:00:00:00:00:01 (a) via eth0", "linux.dhcp"),
    ("the DHCP server is down", "text.line"),
    ("export PATH=/bin HOME=/root SHELL=/bin/sh", "text.line"),
    ('Jun 14 08:02:11 h app: {"__REALTIME_TIMESTAMP":"1718352131003000","MESSAGE":"m"}', "linux.journald"),
    ('Jun 14 08:02:11 h app: @cee: {"__REALTIME_TIMESTAMP":"1718352131003000","MESSAGE":"m"}', "linux.journald"),
]


@pytest.mark.parametrize(("line", "source"), OWNERS, ids=[f"{source}-{line[:24]}" for line, source in OWNERS])
def test_owner(line: str, source: str) -> None:
    assert probes.DISPATCHER.text(line, WRITTEN_US).source == source


def columns_of(line: str) -> dict[str, object]:
    parsed = probes.DISPATCHER.text(line, WRITTEN_US)
    return dict(probes.columns(event_of(parsed, line)))


def event_of(parsed: Parsed, line: str) -> Event:
    return Event(parsed.source, parsed.time_us, parsed.native, line.encode("utf-8", "replace"), Origin("x"), 0)


SSHD = "Jun 14 08:02:11 h sshd[1]: "
SPOOFED = [
    (SSHD + "Failed password for invalid user x from 1.1.1.1 port 22 ssh2 from 9.9.9.9 port 99 ssh2", "9.9.9.9"),
    (SSHD + "Invalid user a from 1.1.1.1 port 1 from 9.9.9.9 port 99", "9.9.9.9"),
    (SSHD + "Disconnected from invalid user a 1.1.1.1 port 1 9.9.9.9 port 99 [preauth]", "9.9.9.9"),
    (SSHD + "Received disconnect from 9.9.9.9 port 99:11: x from 1.1.1.1 port 1:11: y", "9.9.9.9"),
    (SSHD + "User a from 1.1.1.1 not allowed because x from 9.9.9.9 not allowed because not listed in AllowUsers", "9.9.9.9"),
    (SSHD + "Bad protocol version identification 'x' from 1.1.1.1 port 1' from 9.9.9.9 port 99", "9.9.9.9"),
    (SSHD + "Unable to negotiate with 9.9.9.9 port 99: no match. Their offer: with 1.1.1.1 port 1: x [preauth]", "9.9.9.9"),
    (SSHD + "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=9.9.9.9  user= rhost=1.1.1.1 user=b", "9.9.9.9"),
    ('time="2024-06-14 10:02:13" fw="f" startime="x" user="a\\" src=1.1.1.1" src=9.9.9.9 logtype="auth"', "9.9.9.9"),
    ('time="2024-06-14 10:02:13" fw="f" startime="x" src=9.9.9.9 user="a" src=1.1.1.1 b" logtype="auth"', "9.9.9.9"),
    ('logid="1" type="event" subtype="vpn" level="alert" vd="root" remip=9.9.9.9 user="a" remip=1.1.1.1 b"', "9.9.9.9"),
    ("CEF:0|v|p|1|id|n|5|src=9.9.9.9 suser=a src\\=1.1.1.1", "9.9.9.9"),
    ('[wabauth] action="authentify" user="a\\" client_ip=\\"1.1.1.1" client_ip="9.9.9.9" status="failure"', "9.9.9.9"),
    ('1,2024/06/14 10:02:13,1,SYSTEM,auth,1,2024/06/14 10:02:13,,auth-fail,V,0,0,general,medium,"failed authentication for user \'a\'. From: 1.1.1.1.\'. Reason: bad. From: 9.9.9.9."', "9.9.9.9"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "address"), SPOOFED, ids=[line[:60] for line, _ in SPOOFED])
def test_names_cannot_forge_the_address(line: str, address: str) -> None:
    assert columns_of(line)["src_endpoint.ip"] == address


def test_sudo_keeps_all_of_a_forged_command() -> None:
    line = "Jun 14 08:02:11 h sudo: u : TTY=pts/0 ; PWD=/a ; b ; USER=root ; COMMAND=/bin/a ; USER=x ; COMMAND=/bin/b"
    native = probes.DISPATCHER.text(line, WRITTEN_US).native
    assert (native["PWD"], native["USER"], native["COMMAND"]) == ("/a ; b", "root", "/bin/a ; USER=x ; COMMAND=/bin/b")


def test_audit_texts_are_decoded_only_where_the_kernel_codes_them() -> None:
    line = 'type=EXECVE msg=audit(1.0:1): argc=2 a0="cafe" a1=6C7320'
    assert probes.DISPATCHER.text(line).native["a0"] == "cafe"
    assert probes.DISPATCHER.text(line).native["a1"] == "ls "
    line = 'type=SYSCALL msg=audit(1.0:1): a0=cafe comm=6C73 key="x"'
    assert probes.DISPATCHER.text(line).native["a0"] == "cafe"
    assert probes.DISPATCHER.text(line).native["comm"] == "ls"


PIECES = st.sampled_from(
    [line for line, _ in OWNERS + SPOOFED]
    + ["=", '"', "'", "\\", "|", "[", "]", "(", ")", ",", " ", "\0", "\x1d", "é", "msg='", " from ", " port 22", "a=b "]
)


@given(st.lists(PIECES | st.text(max_size=12), max_size=5), st.integers(0, 60), st.integers(0, 200))
def test_any_line_is_read(pieces: list[str], start: int, size: int) -> None:
    line = "".join(pieces)
    for text in (line, line[start : start + size]):
        parsed = probes.DISPATCHER.text(text, WRITTEN_US)
        assert parsed.time_us is None or isinstance(parsed.time_us, int)
        columns = probes.columns(event_of(parsed, text))
        assert not set(columns) - set(COLUMNS)
        assert all(isinstance(value, str | int | float | bool | list) for value in columns.values())


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "__REALTIME_TIMESTAMP",
                "MESSAGE",
                "SYSLOG_IDENTIFIER",
                "PRIORITY",
                "LogType",
                "DeviceSN",
                "Subtype",
                "EventDescription",
                "TypeComputedMap",
                "EventGuid",
                "SpecificData",
                "SourceUser",
                "TimeGenerated",
            ]
        ),
        st.none()
        | st.integers()
        | st.text(max_size=20)
        | st.lists(st.integers(-1, 300), max_size=3)
        | st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=3), max_size=2),
    )
)
def test_any_object_is_read(record: dict[str, object]) -> None:
    parsed = probes.DISPATCHER.json(record)
    probes.columns(event_of(parsed, ""))


UNITS = [
    "] \"", "- - [", " A/b x", "\\x", ") via (", "IN= OUT= ",
    " uid=1 euid=1 tty= ruser=", " from 1.1.1.1 port 1", "user ", " ; USER=", "PWD=/ ; ", " [USER=", "name=x, UID=1", "(", "a1[0]=",
    "msg='", "'", "type=X msg=audit(1.0:1): ", "1,", "\"\",", " by (uid=0)", "0|", " - [1.1.1.1] u(r)[s] - ", "=6C73 ",
]  # fmt: skip
HEADS = ["", "1.2.3.4 - - [14/Jun/2024:10:02:11 +0200] \"", "1718352135.277 3387 192.0.2.1 TCP_MISS/200 1 GET ", "DHCPACK on 192.0.2.1 to 02:00:00:00:00:01 (", SSHD, SSHD + "Failed password for ", "Jun 14 08:02:11 h sudo: u : TTY=", "Jun 14 08:02:11 h useradd: new user: name=", "type=EXECVE msg=audit(1.0:1): ", "Jun 14 08:02:11 h pkexec: u: ", SSHD + "pam_unix(sshd:auth): authentication failure; logname="]  # fmt: skip


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
@pytest.mark.parametrize("unit", UNITS)
def test_forged_lines_take_linear_time(head: str, unit: str) -> None:
    line = head + unit * (8000 // len(unit))
    probes.columns(event_of(probes.DISPATCHER.text(line, WRITTEN_US), line))
