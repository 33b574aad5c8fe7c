"""Programs by their paths: a name without versions, the kind of place it lies in, and what is odd about either.

Enters: paths of images as products write them. Leaves: `Program`s: names and places that compare from host to host.
Source: folders and programs of Windows and of the Filesystem Hierarchy Standard; which programs do more than they are
for: the projects LOLBAS and GTFOBins (the choice and the words are ours).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from tocsin.detect.behaviour import letters


class Program(NamedTuple):
    """A program: `name` in lower case without version, `place` one of `PLACES`, `kind` one of `KINDS` or ``."""

    name: str
    place: str
    kind: str


PLACES = ("system", "programs", "shared", "profile", "user", "temp", "drop", "share", "self", "other", "")
"""`drop`: folders that anybody may write to and nothing is installed in; `self`: a share of the machine itself."""

WRITABLE = frozenset({"profile", "user", "temp", "drop", "share", "self"})
_MOST_CHARS = 1_024

_LISTED = """
office winword.exe excel.exe powerpnt.exe outlook.exe onenote.exe msaccess.exe mspub.exe visio.exe wordpad.exe
office eqnedt32.exe
office soffice.bin soffice.exe libreoffice thunderbird.exe thunderbird
reader acrord32.exe acrobat.exe foxitreader.exe foxitpdfreader.exe sumatrapdf.exe rdrcef.exe evince hh.exe
browser chrome.exe msedge.exe firefox.exe iexplore.exe opera.exe brave.exe msedgewebview#.exe firefox chrome
browser chromium
shell cmd.exe powershell.exe pwsh.exe powershell_ise.exe bash.exe wsl.exe sh bash dash zsh ksh ash fish csh tcsh
script wscript.exe cscript.exe mshta.exe python.exe pythonw.exe perl.exe php.exe node.exe ruby.exe java.exe
script javaw.exe
script python perl php node ruby java lua awk gawk mawk busybox
tool rundll32.exe regsvr32.exe certutil.exe bitsadmin.exe msbuild.exe installutil.exe regasm.exe regsvcs.exe
tool
tool odbcconf.exe forfiles.exe pcalua.exe wmic.exe schtasks.exe at.exe sc.exe reg.exe net.exe
tool net1.exe nltest.exe
tool netsh.exe ntdsutil.exe vssadmin.exe wbadmin.exe bcdedit.exe diskshadow.exe esentutl.exe wevtutil.exe
tool auditpol.exe
tool fltmc.exe fsutil.exe cipher.exe takeown.exe icacls.exe attrib.exe makecab.exe expand.exe extrac32.exe
tool replace.exe
tool print.exe findstr.exe ftp.exe curl.exe hostname.exe whoami.exe systeminfo.exe quser.exe query.exe
tool tasklist.exe
tool taskkill.exe dsquery.exe csvde.exe ldifde.exe klist.exe setspn.exe cmdkey.exe vaultcmd.exe runas.exe
tool psexec.exe
tool psexec64.exe procdump.exe procdump64.exe mavinject.exe control.exe csc.exe vbc.exe jsc.exe ieexec.exe
tool infdefaultinstall.exe
tool presentationhost.exe syncappvpublishingserver.exe xwizard.exe pktmon.exe tttracer.exe bash.exe
tool scriptrunner.exe
tool microsoft.workflow.compiler.exe winrm.vbs winrs.exe ssh.exe scp.exe sftp.exe dnscmd.exe nslookup.exe
tool netstat.exe
tool ipconfig.exe ping.exe arp.exe route.exe gpresult.exe driverquery.exe mode.com pnputil.exe
tool rasautou.exe
tool register-cimprovider.exe cdb.exe
tool dnx.exe
tool curl wget nc ncat netcat socat telnet ssh scp rsync openssl base64 xxd dd find tar xargs nohup setsid
tool crontab at
tool chattr chmod insmod modprobe useradd usermod passwd visudo iptables systemctl service mkfifo gcc ld gdb
tool strace tcpdump
tool rm truncate unlink esxcli vim-cmd virsh lvremove zfs btrfs snapper borg restic blkdiscard
tool sdelete.exe sdelete64.exe format.com reagentc.exe sysmon.exe sysmon64.exe
tool nmap shred wipefs mkfs docker kubectl kill killall pkill history journalctl auditctl id whoami uname
host services.exe svchost.exe taskeng.exe taskhostw.exe wmiprvse.exe dllhost.exe wsmprovhost.exe winrshost.exe
host scrcons.exe
host userinit.exe gpscript.exe explorer.exe winlogon.exe systemd cron crond atd run-parts anacron init sudo su
host login
core svchost.exe lsass.exe csrss.exe smss.exe wininit.exe winlogon.exe services.exe lsm.exe lsaiso.exe
system spoolsv.exe taskhostw.exe dwm.exe conhost.exe runtimebroker.exe searchindexer.exe searchprotocolhost.exe
system fontdrvhost.exe sihost.exe ctfmon.exe userinit.exe logonui.exe werfault.exe wermgr.exe consent.exe
system dllhost.exe
system wmiprvse.exe wudfhost.exe audiodg.exe smartscreen.exe trustedinstaller.exe tiworker.exe msdtc.exe
system vssvc.exe
web w3wp.exe httpd.exe httpd nginx.exe nginx apache2 php-cgi.exe php-fpm tomcat#.exe tomcat.exe
web umworkerprocess.exe
web uwsgi gunicorn lighttpd jenkins
data sqlservr.exe mysqld.exe mysqld postgres.exe postgres oracle.exe mongod mongod.exe redis-server mariadbd
network sshd sshd.exe
installer msiexec.exe wusa.exe setup.exe
elevated eventvwr.exe fodhelper.exe computerdefaults.exe sdclt.exe wsreset.exe cmstp.exe slui.exe dccw.exe
elevated changepk.exe systempropertiesadvanced.exe utilman.exe sethc.exe osk.exe narrator.exe
elevated magnify.exe displayswitch.exe
elevated atbroker.exe mmc.exe msconfig.exe perfmon.exe compmgmtlauncher.exe iscsicpl.exe cleanmgr.exe
"""
KINDS = (
    "core",
    "host",
    "system",
    "office",
    "reader",
    "browser",
    "shell",
    "script",
    "tool",
    "installer",
    "elevated",
    "web",
    "data",
    "network",
)


def _read(listed: str) -> dict[str, str]:
    """Give each listed program the first of its kinds, in the order of KINDS."""
    found: dict[str, str] = {}
    for line in listed.strip().splitlines():
        kind, *names = line.split()
        for name in names:
            if name not in found or KINDS.index(kind) < KINDS.index(found[name]):
                found[name] = kind
    return found


_KIND_OF = _read(_LISTED)
CAPABLE = frozenset({"shell", "script", "tool", "installer"})
"""Kinds that run or do what others tell them."""

GENERAL = frozenset(
    "explorer.exe svchost.exe taskeng.exe systemd init sudo su login sshd cron crond atd anacron run-parts tmux screen "
    "winrshost.exe wsmprovhost.exe ccmexec.exe msiexec.exe userinit.exe gpscript.exe make containerd-shim runc".split()
)
"""Programs that are there to start whatever they are told."""

_CORE = tuple(sorted(name for name, kind in _KIND_OF.items() if kind in {"core", "host", "system"} and "." in name))
_SHELL_PROGRAMS = frozenset({"explorer.exe", "regedit.exe", "hh.exe", "notepad.exe", "splwow64.exe"})
_IMITATED = frozenset(
    name
    for name in (*_CORE, "rundll32.exe", "regsvr32.exe", "powershell.exe", "cmd.exe", "mshta.exe", "taskmgr.exe")
    if name not in {"searchindexer.exe", "userinit.exe", "taskeng.exe"}
)

_QUOTES = "\"' \t"
_PREFIX = re.compile(
    r"^(?:\\\\\?\\|\\\?\?\\|\\device\\(?:harddiskvolume\d+|mup(?=\\))|file:/+)?(?:[a-z]:(?=[\\/]))?", re.I
)
_ROOTS = (
    ("%systemroot%", "\\windows"),
    ("\\systemroot", "\\windows"),
    ("systemroot\\", "\\windows\\"),
    ("%windir%", "\\windows"),
    ("system32\\", "\\windows\\system32\\"),
    ("%programfiles(x86)%", "\\program files (x86)"),
    ("%programfiles%", "\\program files"),
    ("%programdata%", "\\programdata"),
    ("%allusersprofile%", "\\programdata"),
    ("%public%", "\\users\\public"),
    ("%temp%", "\\users\\x\\appdata\\local\\temp"),
    ("%tmp%", "\\users\\x\\appdata\\local\\temp"),
    ("%localappdata%", "\\users\\x\\appdata\\local"),
    ("%appdata%", "\\users\\x\\appdata\\roaming"),
    ("%userprofile%", "\\users\\x"),
    ("%comspec%", "\\windows\\system32\\cmd.exe"),
    ("~/", "/home/x/"),
)
_WINDOWS: tuple[tuple[str, str], ...] = (
    (r"\\\\[.?]\\globalroot", "drop"),
    (r"\\\\(?:localhost|127\.\d+\.\d+\.\d+|::1)\\", "self"),
    (r"\\\\[^\\]+\\|\\;?(?:lanmanredirector|mup)\\", "share"),
    (r"\\windows\\(?:temp|tasks|tracing|debug|help|fonts|media|vss)\\", "drop"),
    (r"\\windows\\system32\\(?:spool\\drivers\\color|tasks|microsoft\\crypto|com\\dmp)\\", "drop"),
    (r"\\windows\\", "system"),
    (r"\\program files(?: \(x86\))?\\|\\progra~\d\\", "programs"),
    (r"\\programdata\\microsoft\\(?:windows defender|clicktorun|edgeupdate)\\", "programs"),
    (
        r"\\(?:users\\public|perflogs|\$recycle\.bin|recycler|temp|tmp|intel|programdata\\[^\\]+$|users\\default)",
        "drop",
    ),
    (r"\\(?:programdata|documents and settings\\all users)\\", "shared"),
    (r"\\users\\[^\\]+\\(?:appdata\\local\\temp|local settings\\temp)", "temp"),
    (r"\\(?:users|documents and settings)\\[^\\]+\\(?:appdata|application data|local settings)\\", "profile"),
    (r"\\(?:users|documents and settings)\\", "user"),
)
_UNIX: tuple[tuple[str, str], ...] = (
    (r"/(?:tmp|var/tmp|dev/shm|run/shm|run/user)/", "drop"),
    (r"/(?:usr/local/|opt/|snap/|srv/)", "programs"),
    (r"/(?:usr/|bin/|sbin/|lib)", "system"),
    (r"/(?:home|root|users)/", "user"),
    (r"/var/www/", "shared"),
)
_WINDOWS_PLACES = tuple((re.compile(pattern), place) for pattern, place in _WINDOWS)
_UNIX_PLACES = tuple((re.compile(pattern), place) for pattern, place in _UNIX)

_INTERPRETER = re.compile(r"^(python|perl|php|ruby|lua|java|javaw|node|pip)[\d.]+(\.exe)?$")
_UNIQUE = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}")
_VERSION = re.compile(r"\d+(?:[._-]\d+)+|\d{3,}")


def plain(path: str) -> str:
    """Give a path in lower case, without quotes, device and drive, with the usual variables filled in."""
    text = path[:_MOST_CHARS].strip(_QUOTES).lower()
    for before, after in _ROOTS:
        if text.startswith(before):
            text = after + text[len(before) :]
            break
    return text[(match.end() if (match := _PREFIX.match(text)) else 0) :]


def bare(name: str) -> str:
    """Give the name of a program without what changes from version to version and from copy to copy."""
    known = _INTERPRETER.match(name)
    if known:
        return known[1] + (known[2] or "")
    if name in _KIND_OF:
        return name
    return _VERSION.sub("#", _UNIQUE.sub("#", name))


def place_of(path: str) -> str:
    """Give the kind of place that a plain path lies in; `` for a mere name."""
    if "\\" in path:
        return next((place for pattern, place in _WINDOWS_PLACES if pattern.match(path)), "other")
    if "/" in path:
        return next((place for pattern, place in _UNIX_PLACES if pattern.match(path)), "other")
    return ""


def base(path: str) -> str:
    """Give the last part of a path."""
    return path.rpartition("\\")[2].rpartition("/")[2]


@lru_cache(maxsize=16_384)
def program(path: str) -> Program:
    """Give the program of an image's path."""
    text = plain(path)
    name = bare(base(text))
    return Program(name, place_of(text), _KIND_OF.get(name, ""))


@lru_cache(maxsize=16_384)
def imitates(path: str) -> str:
    """Give the system program that a path pretends to be: its name in another folder, or nearly its name."""
    text = plain(path)
    name, place = base(text), place_of(text)
    if name in _IMITATED:
        return name if place not in {"system", "", "programs"} or _strange_folder(text, name) else ""
    if not name.endswith((".exe", ".scr", ".com")) or place in {"system", "programs", "shared", ""} or len(name) < 9:
        return ""
    near = {real for cut in _cuts(name) for real in _BY_CUT.get(cut, ())}
    return next((real for real in sorted(near) if _one_slip(name, real)), "")


def _cuts(name: str) -> Iterator[str]:
    """Give a name and what is left of it without any one character: names one slip apart share one of these."""
    yield name
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]


_BY_CUT: dict[str, set[str]] = {}
for _real in _CORE:
    for _cut in _cuts(_real):
        _BY_CUT.setdefault(_cut, set()).add(_real)


def _strange_folder(text: str, name: str) -> bool:
    """Say whether a program of the system's own folder lies in another one of Windows."""
    if name in _SHELL_PROGRAMS or "\\" not in text:
        return False
    folders = (
        "\\system32\\",
        "\\syswow64\\",
        "\\winsxs\\",
        "\\servicing\\",
        "\\sysnative\\",
        "\\softwaredistribution\\",
    )
    return text.startswith("\\windows\\") and not any(folder in text for folder in folders)


def _one_slip(one: str, other: str) -> bool:
    """Say whether two names differ by one character changed, added, left out, or two next to each other swapped."""
    if len(one) > len(other):
        one, other = other, one
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    return one[at + 1 :] == other[at + 1 :] or (
        one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    )


_EXTENSION = re.compile(r"\.(?:exe|dll|sys|ps1|vbs|js|bat|cmd|scr|com|tmp|jar|py|sh)$")
DRAWN_NAME = 4.5
"""Decades from which a program's name reads as drawn: names of programs are shorter and odder than those of domains."""
_LEAST_CHARS = 6
_PARTS = re.compile(r"[-_. #]+")
_ABBREVIATIONS = re.compile(
    r"(?:svc|srv|mgr|agent|host|helper|update|setup|driver|service|inst|util|tool|win|ms|sql|net)"
)


@lru_cache(maxsize=16_384)
def drawn(name: str) -> bool:
    """Say whether a name reads as if a machine had drawn it."""
    stem = _EXTENSION.sub("", base(name.lower()))
    if len(stem) < _LEAST_CHARS or _ABBREVIATIONS.search(stem) or _UNIQUE.fullmatch(stem) or not stem.isascii():
        return False
    original = base(name)[: len(stem)]
    turns = sum(a.islower() != b.islower() for a, b in pairwise(original) if a.isalpha() and b.isalpha())
    longest = max(_PARTS.split(_VERSION.sub("-", stem)), key=len)
    if len(longest) < _LEAST_CHARS or len(longest) < 0.6 * len(stem):
        return False
    return letters.drawn(longest) >= DRAWN_NAME - min(2.0, 0.5 * max(0, turns - 4))


_LURE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|txt|zip|rtf|html?|mp[34])\s*\.(?:exe|scr|com|pif|js|jse|vbs|hta|lnk|bat|cmd)$"
)


def lure(path: str) -> bool:
    """Say whether a name ends in two extensions of which the first is a document's (`facture.pdf.exe`)."""
    return _LURE.search(path.lower().strip(_QUOTES)) is not None
