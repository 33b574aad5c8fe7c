"""Put the verbs together, translate their help, and turn what happens into an exit code.

Enters: the command line. Leaves: the exit code: 0 fine, 1 an incident at or above `--fail-on`, 2 usage or
configuration, 3 input, 5 another system, 130 interrupted. Nobody sees a traceback without `--debug`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from tocsin import __version__
from tocsin.cli import care, config, demo, doctor, hunt, lake, rules, scan, session, simulate, usage
from tocsin.errors import TocsinError
from tocsin.i18n import N_, _

INTERRUPTED = 130

ABOUT = N_(
    "Tocsin reads the logs of a hospital's network, machines, accounts and cloud, and tells you in plain words "
    "which attacks they show."
)


def _version(asked: bool) -> None:
    if asked:
        session.put(f"tocsin {__version__}\n")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=N_("Show the version and exit."))
    ] = False,
) -> None:
    """Take the options that stand before a verb."""


def _group_of_verbs() -> None:
    """Hold the verbs below a verb together."""


def build() -> usage.Command:
    """Make the command line in the language in use."""
    app = _group(ABOUT)
    app.callback(epilog=usage.examples(EXAMPLES))(_root)
    for module in (scan, hunt, demo, simulate, doctor, config):
        _add(app, module.NAME, module.run, module.ABOUT, module.EXAMPLES)
    for group in (rules, care, lake):
        below = _group(group.ABOUT)
        below.callback(epilog=usage.examples(group.EXAMPLES))(_group_of_verbs)
        for verb in group.VERBS:
            _add(below, verb.name, verb.run, verb.about, verb.examples)
        app.add_typer(below, name=group.NAME)
    return usage.translated(typer.main.get_command(app))


def _group(about: str) -> typer.Typer:
    return typer.Typer(
        help=about,
        cls=usage.Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"]},
    )


def _add(app: typer.Typer, name: str, run: Callable[..., int], about: str, examples: usage.Examples) -> None:
    app.command(name, cls=usage.Verb, help=about, epilog=usage.examples(examples))(run)


EXAMPLES: usage.Examples = (
    (N_("an invented night at a hospital, to see what Tocsin does"), "tocsin demo"),
    (N_("your own logs"), "tocsin scan ./logs"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    common = session.common(given)
    session.speak(common.lang, os.environ)
    if not common.debug:
        sys.excepthook = _unexpected
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(given, common))


def _run(given: list[str], common: session.Common) -> int:
    try:
        code = build().main(given, prog_name="tocsin", standalone_mode=False, obj=common)
        sys.stdout.flush()
    except TocsinError as error:
        if common.debug:
            raise
        session.report(error)
        return error.exit_code
    except TyperException as error:
        return usage.refuse(error)
    except BrokenPipeError:
        return _closed()
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        session.note("\n" + _("Interrupted: nothing was written but what you see."))
    return int(code or 0)


def _closed() -> int:
    """Leave silently when the reader of our output (`head`, `less`) has gone."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    return 0


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:  # noqa: ARG001
    """Say that Tocsin itself failed, without a traceback."""
    text = _("Tocsin failed: {kind}: {error}").format(kind=kind.__name__, error=error)
    session.report(TocsinError(text, N_("This is a fault of ours. Run again with --debug and send us what it prints.")))
