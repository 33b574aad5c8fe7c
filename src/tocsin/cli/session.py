"""What every verb shares: the language, the way to the screen, and how errors look.

Enters: the command line's common options and the environment. Leaves: text on standard output and error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import typer
from msgspec import Struct

from tocsin import i18n
from tocsin.errors import TocsinError
from tocsin.i18n import _
from tocsin.report.text import clean

if TYPE_CHECKING:
    from tocsin.config import Settings

_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


class Common(Struct, frozen=True):
    """The options that every verb takes; read before all else, since the help itself is translated."""

    lang: str | None = None
    config: str | None = None
    debug: bool = False


def common(arguments: Sequence[str]) -> Common:
    """Find the common options among a command line's arguments, wherever they stand before `--`."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return Common(_value("--lang", before), _value("--config", before), "--debug" in before)


def _value(option: str, arguments: Sequence[str]) -> str | None:
    for here, following in zip(arguments, [*arguments[1:], None], strict=False):
        if here.startswith(f"{option}="):
            return here.partition("=")[2]
        if here == option:
            return following
    return None


def speak(asked: str | None, environ: Mapping[str, str]) -> None:
    """Set the language: the option, else `TOCSIN_LANG`, else the locale (the file's `lang` comes later)."""
    i18n.use(i18n.language(asked or environ.get("TOCSIN_LANG"), environ))


def settings(ctx: typer.Context) -> Settings:
    """Read the settings, and from then on speak the language that they ask for.

    Raises:
        ConfigError: the configuration is wrong.
    """
    from tocsin import config

    shared: Common = ctx.obj
    loaded = config.load(shared.config).settings
    i18n.use(i18n.language(shared.lang or loaded.lang, os.environ))
    return loaded


def colour(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether to write in colour: on a terminal only, and never with `NO_COLOR` (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def put(text: str) -> None:
    """Write text on standard output."""
    sys.stdout.write(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a line on standard error: what is not the answer itself."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def report(error: TocsinError) -> None:
    """Write an error as one block: what went wrong, and what to do."""
    red, plain = (_RED, _PLAIN) if colour(sys.stderr) else ("", "")
    name, hint = _("error:"), _("hint:")
    note(f"{red}{name}{plain} {clean(str(error), 2000)}")
    if error.hint:
        note(f"  {hint} {clean(_(error.hint), 2000)}")
