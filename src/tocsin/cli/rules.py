"""`tocsin rules`: the Sigma rules in use: list, check, test, add."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tocsin.cli import session
from tocsin.cli.usage import Examples
from tocsin.i18n import N_, _, n_
from tocsin.report.text import clean

if TYPE_CHECKING:
    from tocsin.rulebook import Rulebook

NAME = "rules"
ABOUT = N_("List, check, test and add Sigma rules.")
EXAMPLES: Examples = (
    (N_("what a scan would use"), "tocsin rules list"),
    (N_("the rules of the SigmaHQ project (needs the network)"), "tocsin rules add sigmahq"),
)
FAULTY = 2
"""Exit code when a rule cannot be used or does not pass its tests."""

Dirs = Annotated[
    list[str] | None,
    typer.Option("--rules", metavar=N_("DIR"), help=N_("Use these Sigma rules too; may be given several times.")),
]
RulePaths = Annotated[
    list[str] | None,
    typer.Argument(metavar=N_("PATH"), help=N_("Files or folders of rules; without any, those that a scan would use.")),
]
Source = Annotated[
    str,
    typer.Argument(
        metavar=N_("SOURCE"),
        help=N_("A folder, a file, a zip archive, an https address, or sigmahq for the latest release of SigmaHQ."),
    ),
]


class RulesVerb(NamedTuple):
    """One verb below `tocsin rules`."""

    name: str
    run: Callable[..., int]
    about: str
    examples: Examples


def show(ctx: typer.Context, rules: Dirs = None) -> int:
    """List the rules that a scan would use; give the exit code."""
    from tocsin.report.words import LEVEL_WORDS

    book = _book(ctx, rules)
    for rule in book.rules:
        author = ", ".join(clean(text, 120) for text in (rule.author, rule.license) if text)
        session.put(f"{_(LEVEL_WORDS[rule.level]):<16} {clean(rule.id, 60):<36}  {clean(_(rule.title))}  ({author})\n")
    used = n_("{n} rule", "{n} rules", len(book.rules)).format(n=len(book.rules))
    packs = ", ".join(f"{clean(pack.name)} {pack.files}" for pack in book.packs)
    session.note(f"{used} · {packs}")
    _note_skipped(len(book.skipped))
    return 0


def check(ctx: typer.Context, paths: RulePaths = None) -> int:
    """Say what is wrong with rules; give the exit code."""
    from tocsin import rulebook

    problems = rulebook.check(_paths(ctx, paths))
    for problem in problems:
        kind = _("attention") if problem.warning else _("fault")
        place = f"{clean(problem.path)}:{problem.line}" if problem.line else clean(problem.path)
        session.put(f"{place}: {kind}: {clean(problem.reason)}\n")
    faults = sum(not problem.warning for problem in problems)
    if not problems:
        session.put(_("Every rule can be used.") + "\n")
    return FAULTY if faults else 0


def test(ctx: typer.Context, paths: RulePaths = None) -> int:
    """Run the tests beside rules; give the exit code."""
    from tocsin import rulebook

    tested = rulebook.test(_paths(ctx, paths))
    failed = [one for one in tested if one.failures]
    for one in failed:
        session.put(f"✖ {clean(one.path)}\n" + "".join(f"    {clean(text)}\n" for text in one.failures))
    with_tests = [one for one in tested if one.fires or one.silent or one.failures]
    text = _("{passed} of {tested} tested rule files pass; {untested} have no test beside them.")
    counts = {"passed": len(with_tests) - len(failed), "tested": len(with_tests)}
    session.put(text.format(**counts, untested=len(tested) - len(with_tests)) + "\n")
    return FAULTY if failed else 0


def add(ctx: typer.Context, source: Source) -> int:
    """Add rules to the data folder; give the exit code."""
    from tocsin import rulebook

    settings = session.settings(ctx)
    added = rulebook.add(source, Path(settings.data_dir), _progress())
    _wipe()
    rules = n_("{n} rule", "{n} rules", added.rules).format(n=added.rules)
    session.put(_("Added: {rules} in {folder}").format(rules=rules, folder=clean(added.folder)) + "\n")
    _note_skipped(added.skipped)
    return 0


def _book(ctx: typer.Context, more: list[str] | None) -> Rulebook:
    from tocsin import rulebook

    settings = session.settings(ctx)
    folders = [Path(folder) for folder in (*settings.rules, *(more or ()))]
    book = rulebook.load(folders, Path(settings.data_dir), _progress())
    _wipe()
    return book


def _paths(ctx: typer.Context, given: list[str] | None) -> list[Path]:
    if given:
        session.settings(ctx)
        return [Path(path) for path in given]
    return [Path(pack.folder) for pack in _book(ctx, None).packs]


def _progress() -> Callable[[int, int], None]:
    """Tell how many rule files are parsed, on a terminal."""

    def tell(done: int, total: int) -> None:
        if sys.stderr.isatty():
            text = _("{done} of {total} rule files read").format(done=done, total=total)
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    return tell


def _wipe() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _note_skipped(skipped: int) -> None:
    if skipped:
        text = n_(
            "{n} rule could not be used (tocsin rules check)",
            "{n} rules could not be used (tocsin rules check)",
            skipped,
        )
        session.note(text.format(n=skipped))


VERBS = (
    RulesVerb(
        "list",
        show,
        N_("List the rules that a scan would use: level, id, title, author, licence."),
        ((N_("rules of high level"), "tocsin rules list --lang en | grep ^high"),),
    ),
    RulesVerb(
        "check",
        check,
        N_("Check rules and say which cannot be used, and why. Exits with 2 when there is a fault."),
        ((N_("rules that you are writing"), "tocsin rules check ./rules"),),
    ),
    RulesVerb(
        "test",
        test,
        N_(
            "Run the tests beside rules: events on which a rule must fire, events on which it must stay silent. "
            "Exits with 2 when one does otherwise."
        ),
        ((N_("rules that you are writing"), "tocsin rules test ./rules"),),
    ),
    RulesVerb(
        "add",
        add,
        N_("Add rules to those that every scan uses. Rules added before under the same name are replaced."),
        (
            (N_("the rules of the SigmaHQ project (needs the network)"), "tocsin rules add sigmahq"),
            (N_("a folder of your own"), "tocsin rules add ./rules"),
        ),
    ),
)
