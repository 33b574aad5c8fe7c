"""Read a care map from its folder, and write files of it.

Enters: a folder with the YAML files of one hospital, a folder of such folders, one file, or the name of a shipped map.
Leaves: the map with everything that is wrong with it. All files of a folder together make its hospital.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tocsin.care.building import build
from tocsin.care.checking import check
from tocsin.care.entries import Entry, Written
from tocsin.care.model import CareMap
from tocsin.care.problems import Place, Problem
from tocsin.care.reading import read
from tocsin.errors import InputError
from tocsin.i18n import N_, _

MAPS = Path(__file__).parent / "maps"
_SUFFIXES = frozenset({".yaml", ".yml"})


class Loaded(Struct, frozen=True):
    """A map, and what is wrong with it in the order of files and lines; what is wrong is left out of the map."""

    map: CareMap
    problems: tuple[Problem, ...]

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What must be corrected."""
        return tuple(problem for problem in self.problems if not problem.advice)

    @property
    def advice(self) -> tuple[Problem, ...]:
        """What could be better."""
        return tuple(problem for problem in self.problems if problem.advice)


def shipped() -> list[str]:
    """Name the maps that ship with Tocsin."""
    return sorted(folder.name for folder in MAPS.iterdir() if sites_of(folder))


def find(name: str) -> Path:
    """Give the folder or file of a map: a path, else the name of a shipped map.

    Raises:
        InputError: there is neither.
    """
    path = Path(name)
    if path.exists():
        return path
    if name in shipped():
        return MAPS / name
    hint = _("Give a folder with YAML files, or a map that ships with Tocsin: {known}.").format(
        known=", ".join(shipped())
    )
    raise InputError(_("{path}: no such folder").format(path=name), hint)


def sites_of(folder: Path) -> list[list[Path]]:
    """Give the files of each hospital below a folder, in the order of their names."""
    if folder.is_file():
        return [[folder]]
    if not folder.is_dir():
        return []
    own = _yaml_files(folder)
    below = [_yaml_files(each) for each in sorted(folder.iterdir()) if each.is_dir() and not each.name.startswith(".")]
    return [files for files in ([own] if own else below) if files]


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix in _SUFFIXES and each.is_file())


def load(path: Path | str, instead: Mapping[Path, str] | None = None) -> Loaded:
    """Read a map; `instead` gives the text of files as they would be, also of files that are not there yet.

    Raises:
        InputError: there is no such folder, no YAML file in it, or a file cannot be read.
    """
    instead = instead or {}
    folder = find(str(path)) if not instead else Path(path)
    groups = sites_of(folder)
    new = [file for file in instead if not file.exists()]
    if new:
        groups = [sorted([*(groups[0] if groups else []), *new])]
    if not groups:
        raise InputError(_("{path}: no YAML file here").format(path=folder), _("Write one, or start with an import."))
    with _no_collector():
        return _load(groups, instead)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector from walking the growing tree of nodes again and again: it halves the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(groups: list[list[Path]], instead: Mapping[Path, str]) -> Loaded:
    written: dict[str, Written] = {}
    problems: list[Problem] = []
    for files in groups:
        site, one, wrong = _site(files, instead)
        problems += wrong
        if site in written:
            facts = {"name": site, "first": str(files[0].parent)}
            problems.append(Problem(Place(str(files[0].parent)), N_("there are two hospitals named “{name}”"), facts))
        else:
            written[site] = one
    care, built = build(written)
    every = [*problems, *built.problems, *check(care, built)]
    return Loaded(care, tuple(sorted(every, key=lambda each: (each.advice, each.place, each.message))))


def _site(files: list[Path], instead: Mapping[Path, str]) -> tuple[str, Written, list[Problem]]:
    """Read the files of one hospital."""
    declared: list[Entry] = []
    whole = Written(None, [], [])
    problems: list[Problem] = []
    for file in files:
        text, wrong = (instead[file], []) if file in instead else _text(file)
        problems += wrong
        written, wrong = read(str(file), text)
        problems += wrong
        declared += [written.site] if written.site else []
        whole.entries.extend(written.entries)
        whole.flows.extend(written.flows)
    for second in declared[1:]:
        facts = {"first": str(declared[0].place)}
        problems.append(Problem(second.place, N_("the hospital is declared a second time (first in {first})"), facts))
    name = declared[0].name if declared else files[0].parent.name
    return name, whole._replace(site=declared[0] if declared else None), problems


def _text(file: Path) -> tuple[str, list[Problem]]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", _("Run as a user who may read this file.")) from error
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        hint = N_("Save it as UTF-8.")
        return "", [Problem(Place(str(file), line, column), N_("this is not UTF-8 text"), {}, hint)]
