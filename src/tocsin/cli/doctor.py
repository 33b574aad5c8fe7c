"""`tocsin doctor`: is this machine ready? Each line says ok, attention or fault, and what to do."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import typer

from tocsin import __version__, i18n
from tocsin.cli import session
from tocsin.errors import TocsinError
from tocsin.i18n import N_, _
from tocsin.report.text import clean

if TYPE_CHECKING:
    from tocsin.config import Settings

NAME = "doctor"
ABOUT = N_(
    "Check that this machine is ready, and say what to do where it is not. Exits with 2 when something is at fault."
)
EXAMPLES = ((N_("is this machine ready?"), "tocsin doctor"),)

MIN_FREE_BYTES = 1 << 30
_PROGRAMS = (
    ("tshark", "--version", N_("Needed for pcap files only. On Debian: apt install tshark")),
    ("nfdump", "-V", N_("Needed for NetFlow and IPFIX files only. On Debian: apt install nfdump")),
)

State = Literal["ok", "warn", "fail"]


class Check(NamedTuple):
    """One thing looked at."""

    state: State
    name: str
    detail: str
    hint: str = ""


def run(ctx: typer.Context) -> int:
    """Run the verb; give the exit code."""
    settings = session.settings(ctx)
    checks = [check for examine in EXAMINATIONS for check in examine(settings)]
    width = max(len(check.name) for check in checks)
    for check in checks:
        session.put(_line(check, width))
    return 2 if any(check.state == "fail" for check in checks) else 0


def _line(check: Check, width: int) -> str:
    words = {"ok": ("✔", "32", _("ok")), "warn": ("▲", "33", _("attention")), "fail": ("✖", "1;31", _("fault"))}
    shape, style, word = words[check.state]
    mark = f"{shape} {word}"
    padded = f"{mark:<12}"
    if session.colour(sys.stdout):
        padded = f"\x1b[{style}m{padded}\x1b[0m"
    hint = f"\n{'':14}{check.hint}" if check.hint else ""
    return f"{padded}  {check.name:<{width}}  {clean(check.detail)}{hint}\n"


def _python(settings: Settings) -> Iterator[Check]:  # noqa: ARG001
    yield Check("ok", "Tocsin", __version__)
    yield Check("ok", "Python", f"{platform.python_version()} · {sys.executable}")


def _packages(settings: Settings) -> Iterator[Check]:  # noqa: ARG001
    import importlib.metadata

    required = [text for text in importlib.metadata.requires("tocsin") or [] if "extra ==" not in text]
    names = [match[0] for text in required if (match := re.match(r"[\w.-]+", text))]
    missing = [name for name in names if not _installed(name)]
    if missing:
        hint = _("Install Tocsin again: some of its packages are missing.")
        yield Check("fail", _("packages"), ", ".join(missing), hint)
    else:
        yield Check("ok", _("packages"), _("all {n} present").format(n=len(names)))


def _installed(name: str) -> bool:
    import importlib.metadata

    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _programs(settings: Settings) -> Iterator[Check]:  # noqa: ARG001
    for name, option, hint in _PROGRAMS:
        path = shutil.which(name)
        if path is None:
            yield Check("warn", name, _("not installed"), _(hint))
        else:
            yield Check("ok", name, _version(path, option))


def _version(path: str, option: str) -> str:
    """Give the version that a program names on its first line."""
    try:
        done = subprocess.run([path, option], capture_output=True, text=True, errors="replace", timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return path
    match = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return f"{match[0]} · {path}" if match else path


def _rules(settings: Settings) -> Iterator[Check]:
    from tocsin import rulebook

    try:
        book = rulebook.load([Path(folder) for folder in settings.rules], Path(settings.data_dir))
    except TocsinError as error:
        yield Check("fail", _("rules"), str(error), error.hint)
        return
    loaded = _("{n} loaded").format(n=len(book.compiled.rules))
    if book.skipped:
        detail = loaded + ", " + _("{n} skipped").format(n=len(book.skipped))
        yield Check("warn", _("rules"), detail, _("See which and why: tocsin rules check"))
    else:
        yield Check("ok" if book.compiled.rules else "fail", _("rules"), loaded)


def _data_folder(settings: Settings) -> Iterator[Check]:
    folder = Path(settings.data_dir)
    exists = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(exists, os.W_OK):
        hint = _("Set data_dir to a folder that you may write: tocsin config")
        yield Check("warn", _("data folder"), f"{folder}", hint)
        return
    yield Check("ok", _("data folder"), f"{folder}")
    free = shutil.disk_usage(exists).free
    state: State = "ok" if free >= MIN_FREE_BYTES else "warn"
    hint = "" if state == "ok" else _("Less than 1 GiB is free; added rules and pages may not fit.")
    yield Check(state, _("free disk"), f"{free / (1 << 30):.1f} GiB", hint)


def _language(settings: Settings) -> Iterator[Check]:  # noqa: ARG001
    encoding = (sys.stdout.encoding or "").lower()
    detail = f"{i18n.current()} · {encoding}"
    if encoding.replace("-", "") == "utf8":
        yield Check("ok", _("language"), detail)
    else:
        yield Check(
            "warn", _("language"), detail, _("Set a UTF-8 locale, such as LANG=C.UTF-8, to see all characters.")
        )


EXAMINATIONS: tuple[Callable[[Settings], Iterator[Check]], ...]
EXAMINATIONS = (_python, _packages, _programs, _rules, _data_folder, _language)
