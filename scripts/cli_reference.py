"""Write docs/cli.md from the help of every verb; a test compares (`pytest --bless tests/cli/test_app.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from tocsin import i18n
from tocsin.cli.app import build

_HEAD = """# Command line

Written from `--help` by a test; do not edit. The same help is there in French: `tocsin --help --lang fr`.

Exit codes: 0 fine · 1 an incident at or above `--fail-on`, or two care maps that differ · 2 usage or configuration, or
a fault in rules or a care map · 3 an input that cannot be read at all · 4 refused by a guardrail · 5 another system did
not answer · 130 interrupted.

`--since` and `--until` take ISO 8601 (`2026-11-02`, `2026-11-02T02:14:00+01:00`; UTC where no zone is given) or a time
before now (`90min`, `24h`, `7d`). Levels of `--fail-on` stand for an urgency: informational 0, low 20, medium 40,
high 60, critical 80. Standard output holds the answer and nothing else; progress and errors go to standard error.
"""


def reference() -> str:
    """Give the whole page."""
    i18n.use("en")
    return _HEAD + "".join(_sections(build(), "tocsin", None))


def _sections(command: Any, path: str, parent: typer.Context | None) -> Iterator[str]:
    name = path.rpartition(" ")[2]
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=80)
    yield f"\n## {path}\n\n```\n{command.get_help(context).rstrip()}\n```\n"
    for name, below in getattr(command, "commands", {}).items():
        yield from _sections(below, f"{path} {name}", context)
