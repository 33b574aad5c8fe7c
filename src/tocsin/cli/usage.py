"""The help and the usage errors, in the language in use.

Enters: the commands as Typer makes them, with English texts. Leaves: the same, translated, with the options that
all verbs share; and for a wrong command line, one line that says what is wrong and where the help is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from tocsin import i18n
from tocsin.cli import session
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _
from tocsin.report.text import clean

Examples = tuple[tuple[str, str], ...]
"""What an example shows, and its command line."""

Command = TyperCommand | TyperGroup

_TYPER_TEXTS = (
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
)
_MARK = "\x00"


def examples(pairs: Examples) -> str:
    """Pack examples in a command's epilog; `translated` unpacks them in the language in use."""
    return _MARK.join(part for pair in pairs for part in pair)


def _unpacked(epilog: str) -> str:
    parts = epilog.split(_MARK)
    lines = [f"  # {_(what)}\n  {command}" for what, command in zip(parts[::2], parts[1::2], strict=True)]
    return "\b\n" + _("Examples:") + "\n" + "\n".join(lines)


class Verb(TyperCommand):
    """A command whose usage line is translated."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        places = [_place(param) for param in self.get_params(ctx) if param.param_type_name == "argument"]
        formatter.write_usage(ctx.command_path, " ".join([self.options_metavar or "", *places]), _("Usage:") + " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options under translated headings."""
        _write_records(self, ctx, formatter)


class Group(TyperGroup):
    """A command with commands below, whose usage line and headings are translated."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), _("Usage:") + " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options, then commands with the first sentence of each."""
        _write_records(self, ctx, formatter)
        rows = [(name, command.help or "") for name, command in self.commands.items()]
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, text.split(". ")[0].rstrip(".") + ".") for name, text in rows])


def _place(param: Any) -> str:
    """Write an argument as the usage line does: `PATH...` when it may be given several times."""
    return f"{param.metavar or param.name.upper()}{'...' if param.nargs == -1 else ''}"


def _write_records(command: Command, ctx: Any, formatter: Any) -> None:
    params = command.get_params(ctx)
    arguments = [param for param in params if param.param_type_name == "argument"]
    places = [(_place(param), getattr(param, "help", "") or "") for param in arguments]
    if places:
        with formatter.section(_("Arguments")):
            formatter.write_dl(places)
    options = [param.get_help_record(ctx) for param in params if param.param_type_name == "option"]
    with formatter.section(_("Options")):
        formatter.write_dl([(name, _(text)) for name, text in filter(None, options)])


def _shared(
    lang: Annotated[
        str, typer.Option("--lang", metavar="fr|en", help=N_("Language of texts; the locale's if not given."))
    ] = "",
    config: Annotated[
        str,
        typer.Option(
            "--config", metavar=N_("FILE"), help=N_("Configuration file; else tocsin.toml here or in /etc/tocsin.")
        ),
    ] = "",
    debug: Annotated[bool, typer.Option("--debug", help=N_("Show the traceback of an error."))] = False,
) -> None:
    """Declare the options that every command takes; `session.common` has already read them."""


def _shared_options() -> list[TyperOption]:
    app = typer.Typer(add_completion=False)
    app.command()(_shared)
    options = [param for param in typer.main.get_command(app).params if isinstance(param, TyperOption)]
    for option in options:
        option.expose_value = False
        option.show_default = False
    return options


def translated(command: Any) -> Command:
    """Put a command and those below it in the language in use, and add the shared options."""
    shared = _shared_options()
    translate = i18n.translator(i18n.current())
    for each in _walk(command):
        each.help = translate(each.help or "")
        each.epilog = _unpacked(each.epilog) if each.epilog else None
        each.params.extend(shared)
        each.options_metavar = _("[OPTIONS]")
        each.subcommand_metavar = _("COMMAND [ARGS]...")
    for param in {id(param): param for each in _walk(command) for param in each.params}.values():
        param.metavar = translate(param.metavar) if param.metavar else None
        param.help = translate(getattr(param, "help", None) or "")
    return command  # type: ignore[no-any-return]


def _walk(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from _walk(below)


def refuse(error: TyperException) -> int:
    """Say what is wrong with a command line and where its help is; give the exit code."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        session.note(error.format_message())
        return ConfigError.exit_code
    hint = _("{command} --help lists what it takes.").format(command=context.command_path if context else "tocsin")
    session.report(ConfigError(clean(_problem(error)), hint))
    sys.stderr.flush()
    return ConfigError.exit_code


def _problem(error: TyperException) -> str:
    """Name the commonest faults in the language in use; the rest as Typer words it."""
    name = type(error).__name__
    option = getattr(error, "option_name", "")
    if name == "NoSuchOption":
        near = getattr(error, "possibilities", None)
        more = " " + _("Did you mean {option}?").format(option=", ".join(sorted(near))) if near else ""
        return _("there is no option {option}.").format(option=option) + more
    param = getattr(error, "param", None)
    if name == "MissingParameter" and param is not None:
        return _("{what} is missing.").format(what=_place(param))
    if name == "BadParameter" and param is not None:
        return _("{option}: {problem}").format(option=param.opts[0], problem=error.message)
    if name == "BadOptionUsage":
        return _("{option} needs a value, or takes none: {problem}").format(option=option, problem=error.message)
    return error.format_message()
