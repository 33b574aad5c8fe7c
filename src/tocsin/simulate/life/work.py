"""People at work: log-ons with their slips, applications, the web, files, printing, mail, the cloud, programs.

Enters: sittings. Leaves: acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random

from tocsin.simulate import words
from tocsin.simulate.acts import (
    Account,
    Act,
    Audit,
    CloudWork,
    Logoff,
    Logon,
    Machine,
    Print,
    Process,
    ShareUse,
    SignIn,
    Usb,
    Visit,
)
from tocsin.simulate.calendar import HOUR_US, Stretch
from tocsin.simulate.cast import Link, Place
from tocsin.simulate.dice import dice, early, heavy, moments, number, pick
from tocsin.simulate.life.sittings import Sitting, within

_CARE = frozenset({"infirmier", "aide-soignant", "medecin", "interne", "cadre"})


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give what everybody does at a desk."""
    for sitting in within(place, stretch):
        random = dice(place.seed, place.site, "work", sitting.person.rank, sitting.session, stretch.number)
        yield from _ends(stretch, sitting, random)
        begin, end = max(sitting.begin_us, stretch.begin_us), min(sitting.end_us, stretch.end_us)
        for rate, does in _habits(sitting):
            for at_us in moments(random, rate * sitting.person.pace * (end - begin) / HOUR_US, begin, end):
                yield from does(place, sitting, random, at_us)


def _ends(stretch: Stretch, sitting: Sitting, random: Random) -> Iterator[Act]:
    """A sitting begins with a log-on, after a slip now and then, and ends with a log-off or a locked screen."""
    desk, account, session = sitting.desk, sitting.person.account, sitting.session
    kind = "unlock" if sitting.again else "interactive"
    if stretch.holds(sitting.begin_us):
        at = sitting.begin_us
        while random.random() < sitting.person.typo:
            yield Logon(
                at,
                random.getrandbits(63),
                desk,
                account,
                kind,
                protocol="kerberos",
                reason="bad_password",
                session=session,
            )
            at += int(random.uniform(3, 9) * 1e6)
        yield Logon(at, random.getrandbits(63), desk, account, kind, session=session)
        if not sitting.again:
            yield from _start(desk, account, session, random, at)
    if sitting.leaves and stretch.holds(sitting.end_us):
        yield Logoff(sitting.end_us, random.getrandbits(63), desk, account, "interactive", session)


_START = (
    (
        "C:\\Windows\\System32\\userinit.exe",
        "C:\\Windows\\System32\\winlogon.exe",
        "C:\\Windows\\system32\\userinit.exe",
    ),
    ("C:\\Windows\\explorer.exe", "C:\\Windows\\System32\\userinit.exe", "C:\\Windows\\Explorer.EXE"),
    (
        "C:\\Windows\\System32\\SecurityHealthSystray.exe",
        "C:\\Windows\\explorer.exe",
        '"C:\\Windows\\System32\\SecurityHealthSystray.exe"',
    ),
)


def _start(desk: Machine, account: Account, session: int, random: Random, at: int) -> Iterator[Act]:
    if desk.audited:
        for rank, (image, parent, command) in enumerate(_START):
            moment = at + 900_000 * (rank + 1)
            yield Process(moment, random.getrandbits(63), desk, account, image, command, parent, session=session)


Does = Callable[[Place, Sitting, Random, int], Iterator[Act]]


def _habits(sitting: Sitting) -> tuple[tuple[float, Does], ...]:
    """Give how often an hour each is done."""
    if sitting.person.work in _CARE:
        return _CARE_HABITS
    return _OFFICE_HABITS


@lru_cache(maxsize=4096)
def applications(place: Place, desk: Machine) -> tuple[Link, ...]:
    """Give the web applications that a desk may reach, those of its own service's most used first."""
    found = [one for one in place.links.get(desk.name, ()) if one.port == 443 and one.server.role not in {"proxy"}]
    order = dice(place.seed, "applications", desk.zone)
    order.shuffle(found)
    return tuple(found)


def application(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """A few requests to an application."""
    links = applications(place, sitting.desk)
    if not links:
        return
    link = early(random, links, 1.8)
    for rank in range(1 + int(random.random() ** 2 * 4)):
        yield Visit(
            at_us + rank * int(random.uniform(2, 30) * 1e6),
            random.getrandbits(63),
            sitting.desk,
            link.server,
            link.server.full_name,
            link.port,
            sent=int(heavy(random, 700, 20_000)),
            got=int(heavy(random, 3_000, 900_000)),
            duration=heavy(random, 0.08, 60),
            path="/app/session",
            look_up=random.random() < 0.2,
        )


def record(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """A patient's record is opened: the application writes it in its audit trail."""
    links = applications(place, sitting.desk)
    if links:
        server = early(random, links, 1.8).server
        event = "access" if random.random() < 0.8 else "query" if random.random() < 0.6 else "order"
        yield Audit(at_us, random.getrandbits(63), server, sitting.person.account, sitting.desk, event)


def web(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """A page, with the others that it calls."""
    desk = sitting.desk
    if desk.zone not in place.hides:
        return
    favourites = number("favourites", sitting.person.account.name) % 37
    for rank in range(1 + int(heavy(random, 1, 9, 1.3))):
        site = place.internet[(favourites + int(random.random() ** 3.2 * len(place.internet))) % len(place.internet)]
        got = int(heavy(random, 2_500, 4_000_000))
        at = at_us + rank * int(random.uniform(0.1, 0.9) * 1e6)
        sent, length = int(heavy(random, 500, 60_000)), 0.2 + heavy(random, 0.1, 90) + got / 4e6
        agent = "firefox" if sitting.person.rank % 9 == 0 else "edge"
        yield Visit(
            at,
            random.getrandbits(63),
            desk,
            site,
            site.name,
            sent=sent,
            got=got,
            duration=length,
            agent=agent,
            look_up=random.random() < 0.35,
        )


def files(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """Some files of a share are opened and written: one connection carries all."""
    links = [
        one for one in place.links.get(sitting.desk.name, ()) if one.port == 445 and one.server.role == "file_server"
    ]
    if not links:
        return
    server, account = pick(random, links).server, sitting.person.account
    share = early(random, words.SHARES, 1.5)
    folder = words.FOLDERS[
        (number(account.site, sitting.person.service) + int(random.random() ** 2 * 4)) % len(words.FOLDERS)
    ]
    link, several = random.getrandbits(63), int(heavy(random, 1, 60, 1.1))
    at = at_us
    for rank in range(several):
        name = f"{folder}/{int(random.random() * 400):03}-{pick(random, words.FILES)}"
        action = "open" if random.random() < 0.6 else "read" if random.random() < 0.6 else "write"
        yield ShareUse(
            at,
            random.getrandbits(63),
            sitting.desk,
            server,
            account,
            share,
            name,
            action,
            size=int(heavy(random, 9_000, 30_000_000)),
            link=link,
            first=rank == 0,
            sent=several * 30_000,
            got=several * 160_000,
            duration=several * 4.0 + 8,
        )
        at += int(random.uniform(0.4, 9) * 1e6)


def printing(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """A document is printed on the printer nearby."""
    server, printers = place.first("print_server"), place.of("printer")
    reachable = any(one.server is server for one in place.links.get(sitting.desk.name, ()))
    if server is not None and printers and reachable:
        printer = printers[number("printer", sitting.desk.zone) % len(printers)]
        size = int(heavy(random, 40_000, 20_000_000))
        yield Print(at_us, random.getrandbits(63), sitting.desk, server, sitting.person.account, printer, size)


def mail(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """The mailbox is read."""
    server = place.first("mail")
    if server is not None and any(one.server is server for one in place.links.get(sitting.desk.name, ())):
        got = int(heavy(random, 4_000, 5_000_000))
        length = heavy(random, 0.1, 40)
        yield Visit(
            at_us,
            random.getrandbits(63),
            sitting.desk,
            server,
            server.full_name,
            got=got,
            duration=length,
            agent="outlook",
        )


def cloud(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """Files and mail in Microsoft 365."""
    account = sitting.person.account
    drawn = random.random()
    if drawn < 0.12:
        app = pick(random, ("Office 365 Exchange Online", "Microsoft Teams", "Office 365 SharePoint Online"))
        code = 50126 if random.random() < 0.04 else 0
        yield SignIn(at_us, random.getrandbits(63), account, app, code=code, mfa=random.random() < 0.2)
    elif drawn < 0.5:
        yield CloudWork(at_us, random.getrandbits(63), account, "MailItemsAccessed", "Exchange")
    else:
        item = f"Documents partages/{early(random, words.FOLDERS)}/{int(random.random() * 300):03}-{pick(random, words.FILES)}"
        operation = pick(random, ("FileAccessed", "FileAccessed", "FilePreviewed", "FileModified", "FileDownloaded"))
        yield CloudWork(at_us, random.getrandbits(63), account, operation, "SharePoint", item)


_PROGRAMS = (
    ("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", '"{image}" --profile-directory=Default', "Microsoft Corporation"),
    ("C:\\Program Files\\DossierSoin\\dossier.exe", '"{image}" --session', "Soluvie"),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE", '"{image}"', "Microsoft Corporation"),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE", '"{image}" /n "{file}" /o ""', "Microsoft Corporation"),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE", '"{image}" "{file}"', "Microsoft Corporation"),
    ("C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe", '"{image}" "{file}"', "Adobe"),
    ("C:\\Windows\\System32\\notepad.exe", '"{image}" {file}', "Microsoft Corporation"),
    ("C:\\Windows\\System32\\RuntimeBroker.exe", "{image} -Embedding", "Microsoft Corporation"),
    ("C:\\Windows\\System32\\mspaint.exe", '"{image}"', "Microsoft Corporation"),
    ("C:\\Windows\\System32\\SnippingTool.exe", '"{image}"', "Microsoft Corporation"),
    ("C:\\Windows\\System32\\cmd.exe", '"{image}"', "Microsoft Corporation"),
)  # fmt: skip


def programs(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """A program is started."""
    desk, account = sitting.desk, sitting.person.account
    if not desk.audited:
        return
    image, command, company = early(random, _PROGRAMS, 2.6)
    file = f"C:\\Users\\{account.name}\\Documents\\{int(random.random() * 90):02}-{pick(random, words.FILES)}"
    text = command.format(image=image, file=file)
    parent = "C:\\Windows\\System32\\svchost.exe" if "Embedding" in command else "C:\\Windows\\explorer.exe"
    yield Process(
        at_us, random.getrandbits(63), desk, account, image, text, parent, session=sitting.session, company=company
    )


def usb(place: Place, sitting: Sitting, random: Random, at_us: int) -> Iterator[Act]:
    """A USB key is plugged in."""
    serial = f"{number('usb', sitting.person.account.name) & 0xFFFFFFFFFF:X}"
    label = pick(random, ("Kingston DataTraveler", "SanDisk Cruzer", "Generic Flash"))
    yield Usb(at_us, random.getrandbits(63), sitting.desk, sitting.person.account, label, serial)


_CARE_HABITS: tuple[tuple[float, Does], ...] = (
    (24.0, application),
    (14.0, record),
    (3.0, web),
    (1.5, files),
    (1.2, printing),
    (2.0, mail),
    (1.2, cloud),
    (6.0, programs),
    (0.01, usb),
)
_OFFICE_HABITS: tuple[tuple[float, Does], ...] = (
    (12.0, application),
    (9.0, web),
    (4.0, files),
    (1.5, printing),
    (6.0, mail),
    (7.0, cloud),
    (7.0, programs),
    (0.02, usb),
)
