"""Everyday starts of programs, drawn from habits that we wrote down: the material of the model of command lines.

Enters: a seed. Leaves: starts, the same for the same seed. The habits are lines of `windows.txt` and `linux.txt`; a
line's slots are filled anew each time with invented names, numbers, paths. One habit in ten is kept out of training
(the same ones whatever the seed): on these the model is judged.
"""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
KEPT_OUT = 10


class Start(NamedTuple):
    """One program started."""

    parent: str
    image: str
    command: str


class Habit(NamedTuple):
    """A line of the files: what starts what, with which arguments, how often."""

    weight: float
    parent: str
    image: str
    arguments: str
    kept_out: bool
    unix: bool


@cache
def habits() -> tuple[Habit, ...]:
    """Give all habits."""
    found = []
    for name in ("windows.txt", "linux.txt"):
        for line in (FOLDER / name).read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                weight, parent, image, arguments = (part.strip() for part in f"{line} ".split(" ; ", 3))
                kept_out = blake2b(line.encode(), digest_size=4).digest()[0] % KEPT_OUT == 0
                found.append(Habit(float(weight), parent, image, arguments, kept_out, name == "linux.txt"))
    return tuple(found)


def starts(seed: int, number: int, kept_out: bool | None = False) -> Iterator[Start]:
    """Give so many starts: of the habits for training, of those kept out, or (None) of all."""
    rng = random.Random(seed)
    wanted = [habit for habit in habits() if kept_out is None or habit.kept_out == kept_out]
    for habit in rng.choices(wanted, [habit.weight for habit in wanted], k=number):
        yield _start(habit, rng)


def _start(habit: Habit, rng: random.Random) -> Start:
    image = _filled(habit.image, rng)
    arguments = _filled(habit.arguments, rng)
    parent = _filled(habit.parent, rng)
    if habit.unix:
        name = image.rpartition("/")[2]
        return Start(parent, image, f"{rng.choice((image, name))} {arguments}".strip())
    name = image.rpartition("\\")[2]
    called = rng.choice((f'"{image}"', image if " " not in image else f'"{image}"', name, name.removesuffix(".exe")))
    return Start(parent, image, f"{called} {arguments}".strip())


def _filled(text: str, rng: random.Random) -> str:
    """Fill choices `{a|b}` (bars between blanks are the shell's own) and slots `{name}`; `«` and `»` become braces."""
    done, at = [], 0
    while at < len(text):
        if text[at] == "{" and (end := _closing(text, at)) > 0:
            done.append(_choice(text[at + 1 : end], rng))
            at = end + 1
        else:
            done.append(_BRACES.get(text[at], text[at]))
            at += 1
    return "".join(done)


_BRACES = {"«": "{", "»": "}"}


def _closing(text: str, begin: int) -> int:
    depth = 0
    for at in range(begin, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    return -1


def _choice(inner: str, rng: random.Random) -> str:
    parts, depth, last = [], 0, 0
    for at, char in enumerate(inner):
        depth += (char == "{") - (char == "}")
        blank = inner[at - 1 : at] == " " or inner[at + 1 : at + 2] == " "
        if char == "|" and depth == 0 and not blank:
            parts.append(inner[last:at])
            last = at + 1
    if parts:
        return _filled(rng.choice([*parts, inner[last:]]), rng)
    slot = _SLOTS.get(inner)
    return _filled(slot(rng), rng) if slot is not None else "{" + _filled(inner, rng) + "}"


def _of(*texts: str) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(texts)


@cache
def _listed(name: str) -> tuple[str, ...]:
    return tuple((FOLDER / name).read_text("utf-8").split())


def _word(rng: random.Random) -> str:
    words = _listed("words.txt")
    word = rng.choice(words)
    if rng.random() < 0.35:
        word += rng.choice(("", "_", "-", ".", "")) + rng.choice(words)
    if rng.random() < 0.2:
        word += str(rng.randrange(1, 2030))
    return rng.choice((word, word, word.capitalize(), word.upper()))


def _hexadecimal(size: int) -> Callable[[random.Random], str]:
    return lambda rng: "".join(rng.choice("0123456789abcdef") for _ in range(size))


def _guid(rng: random.Random) -> str:
    parts = "-".join(_hexadecimal(size)(rng) for size in (8, 4, 4, 4, 12))
    return rng.choice((f"«{parts}»", parts, f"«{parts.upper()}»"))


def _letters(size: int) -> Callable[[random.Random], str]:
    return lambda rng: "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(size))


def _number(rng: random.Random) -> str:
    return str(rng.choice((rng.randrange(10), rng.randrange(100), rng.randrange(10_000), rng.randrange(10_000_000))))


def _powershell(rng: random.Random) -> str:
    return rng.choice(
        (
            "Get-Service {svc}",
            "Get-Service | Where-Object «$_.Status -eq '{Running|Stopped}'»",
            "Get-Process {word} | Select-Object {Id|Name|CPU}",
            "Restart-Service -Name {svc} -Force",
            "Get-ADUser -Filter * -SearchBase 'OU={word},DC=exemple' | Export-Csv {word}.csv -NoTypeInformation",
            "Get-ADComputer -Filter «Name -like '{word}*'» | Select Name",
            "Get-ChildItem {unc}{word} -Recurse | Measure-Object -Property Length -Sum",
            "Copy-Item '{unc}{word}' 'C:\\{word}' -{Recurse|Force}",
            "Get-WmiObject Win32_{OperatingSystem|LogicalDisk|BIOS|ComputerSystem|Printer}",
            "Get-CimInstance -ClassName Win32_{OperatingSystem|LogicalDisk|BIOS} | Select-Object {Name|Caption}",
            "Get-EventLog -LogName {System|Application} -Newest {n}",
            "Get-WinEvent -FilterHashtable @«LogName='System';ID={n»} -MaxEvents {n}",
            "Set-ExecutionPolicy RemoteSigned -Scope CurrentUser",
            "Import-Module ActiveDirectory; Get-ADGroupMember {word}",
            "Install-Module {word} -Force",
            "Test-NetConnection {server} -Port {n}",
            "Get-Hotfix | Sort-Object InstalledOn",
            "Enter-PSSession {server}",
            "Invoke-Command -ComputerName {server} -ScriptBlock « {Get-Service {svc}|gpupdate /force|hostname} »",
            "Start-Process '{pf}{word}\\{word}.exe' -ArgumentList '/{silent|S}' -Wait",
            "Remove-Item C:\\{word}\\*.log -Force",
            "Invoke-WebRequest {url} -OutFile C:\\{word}\\{word}.{zip|msi|csv} -UseBasicParsing",
            "Invoke-RestMethod {url} -Method {Get|Post}",
            "Get-Disk | Get-Partition",
            "Get-NetAdapter | Format-Table Name,Status",
            "Get-Printer -ComputerName {server}",
            "Add-Printer -ConnectionName \\\\{server}\\{printer}",
            "New-Item -ItemType Directory -Path D:\\{word}",
            "Get-Content {word}.log -Tail {n}",
            "Get-MpComputerStatus",
            "Get-AppxPackage *{word}* | Remove-AppxPackage",
            "Get-Acl D:\\{word} | Format-List",
            "$s = Get-Date; Get-ChildItem C:\\{word} | ForEach-Object « $_.Name »; Write-Output $s",
            "[System.Environment]::OSVersion.Version",
            "exit $LASTEXITCODE",
        )
    )


def _coded(rng: random.Random) -> str:
    return base64.b64encode(_filled(_powershell(rng), rng).encode("utf-16-le")).decode()


_SLOTS: dict[str, Callable[[random.Random], str]] = {
    "sys": _of(
        "C:\\Windows\\System32\\", "C:\\Windows\\system32\\", "C:\\WINDOWS\\System32\\", "C:\\Windows\\SysWOW64\\"
    ),
    "win": _of("C:\\Windows\\", "C:\\WINDOWS\\"),
    "wintemp": _of("C:\\Windows\\Temp\\", "C:\\Windows\\TEMP\\"),
    "pf": _of("C:\\Program Files\\", "C:\\Program Files (x86)\\"),
    "pf86": _of("C:\\Program Files (x86)\\"),
    "programdata": _of("C:\\ProgramData\\"),
    "office": _of(
        "C:\\Program Files\\Microsoft Office\\root\\Office16\\",
        "C:\\Program Files (x86)\\Microsoft Office\\Office14\\",
        "C:\\Program Files\\Microsoft Office\\Office15\\",
    ),
    "chrome": _of("C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"),
    "edge": _of("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"),
    "firefox": _of("C:\\Program Files\\Mozilla Firefox\\firefox.exe"),
    "profile": _of("C:\\Users\\{user}\\AppData\\Local\\", "C:\\Users\\{user}\\AppData\\Roaming\\"),
    "temp": _of("C:\\Users\\{user}\\AppData\\Local\\Temp\\", "C:\\Users\\{user}~1\\AppData\\Local\\Temp\\"),
    "downloads": _of("C:\\Users\\{user}\\Downloads\\"),
    "inetcache": _of("C:\\Users\\{user}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\{b64s}\\"),
    "doc": _of("C:\\Users\\{user}\\{Documents|Desktop|Downloads}\\{word}.", "{unc}{word}.", "D:\\{word}\\{word}."),
    "unc": _of("\\\\{server}\\{word}\\", "\\\\{server}\\{word}$\\", "\\\\{domain}\\{word}\\", "Z:\\{word}\\"),
    "unc_l": _of("{server}:/export/{word}", "//{server}/{word}"),
    "url": _of(
        "https://{word}.chu-exemple.fr/{word}",
        "https://www.{word}.example.org/{word}/{word}.{html|aspx|php}",
        "http://{server}:{n}/{word}",
        "https://{word}.example.com/",
        "http://intranet.chu-exemple.fr/",
    ),
    "word": _word,
    "user": lambda rng: (
        rng.choice(("m", "j", "a", "p", "c")) + "." + rng.choice(_listed("words.txt")) + rng.choice(("", "1"))
    ),
    "dom": _of("CHU", "CHU-EXEMPLE"),
    "domain": _of("chu-exemple.fr", "chu-exemple.local"),
    "server": lambda rng: (
        rng.choice(("srv-", "SRV", "s")) + rng.choice(_listed("words.txt")) + rng.choice(("", "01", "02"))
    ),
    "host": lambda rng: rng.choice(("pc-", "PC", "PORT")) + str(rng.randrange(1, 2000)),
    "printer": lambda rng: "IMP-" + rng.choice(_listed("words.txt")) + str(rng.randrange(1, 40)),
    "ip": lambda rng: f"10.{rng.randrange(9)}.{rng.randrange(250)}.{rng.randrange(1, 250)}",
    "n": _number,
    "ver": lambda rng: f"{rng.randrange(1, 130)}.{rng.randrange(10)}.{rng.randrange(9000)}.{rng.randrange(200)}",
    "guid": _guid,
    "hex4": _hexadecimal(4),
    "hex8": _hexadecimal(8),
    "hex32": _hexadecimal(32),
    "b64s": _letters(12),
    "b64l": _letters(80),
    "sid": lambda rng: (
        f"S-1-5-21-{rng.randrange(10**9)}-{rng.randrange(10**9)}-{rng.randrange(10**9)}-{rng.randrange(500, 9000)}"
    ),
    "appx": lambda rng: f"Microsoft.{_word(rng)}_{_letters(13)(rng).lower()}",
    "svc": lambda rng: rng.choice(_listed("services.txt")),
    "unit": _of(
        "nginx", "apache2", "postgresql", "mysql", "ssh", "cron", "docker", "rsyslog", "{word}", "smbd", "php-fpm"
    ),
    "psenc": _coded,
    "pscmd": _powershell,
}
