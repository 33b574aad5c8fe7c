"""`tocsin config`: every setting, what it is for, its value and where that comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.cli import session
from tocsin.i18n import N_, _

NAME = "config"
ABOUT = N_("Show every setting, its value and where that comes from.")
EXAMPLES = (
    (N_("what is set, and where"), "tocsin config"),
    (N_("start a configuration file"), "tocsin config --example > tocsin.toml"),
)


def run(
    ctx: typer.Context,
    example: Annotated[bool, typer.Option("--example", help=N_("Print a commented tocsin.toml instead."))] = False,
) -> int:
    """Run the verb; give the exit code."""
    from tocsin import config
    from tocsin.report.text import clean

    if example:
        session.put(config.example())
        return 0
    session.settings(ctx)
    loaded = config.load(ctx.obj.config)
    file = clean(str(loaded.file)) if loaded.file else _("none (an empty one is enough)")
    lines = [_("Configuration file: {file}").format(file=file)]
    for line in config.lines(loaded):
        origin = _("default") if line.origin == "default" else clean(line.origin)
        lines += ["", f"{line.key} = {clean(line.value)}  ({origin})", f"    {_(line.sentence)}"]
        if line.value != line.default:
            lines.append("    " + _("Default: {value}").format(value=clean(line.default)))
    session.put("\n".join(lines) + "\n")
    return 0
