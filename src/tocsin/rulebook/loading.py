"""Load a rulebook: the starter pack, the rules that were added, then those of given folders.

Enters: folders. Leaves: a `Rulebook`. What was parsed before is taken from the cache; the rest is parsed in several
processes. Of two rules with the same id the first counts.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from tocsin.detect.sigma import Compiled, Rule, Sheet, Skipped, compile_rules, dump, parse
from tocsin.detect.sigma import load as load_compiled
from tocsin.rulebook import cache
from tocsin.rulebook.finding import RuleFile, rule_files

STARTER = Path(__file__).parent.parent / "rules"
"""The starter pack."""

_STARTER_LICENSE = "Apache-2.0"
_CHUNK = 64
_WORTH_PROCESSES = 200
"""Files to parse from which several processes are quicker than one."""

Progress = Callable[[int, int], None]


class Pack(Struct, frozen=True):
    """One folder of rules: what it is called, where it is, how many files it has."""

    name: str
    folder: str
    files: int


class Rulebook(Struct, frozen=True):
    """Rules ready to run, and what could not be used."""

    compiled: Compiled
    packs: tuple[Pack, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that can be used."""
        return self.compiled.rules

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Rules and files that cannot be used, with reasons."""
        return self.compiled.skipped


def data_dir() -> Path:
    """Give the user's data folder, as the XDG base directory specification says."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tocsin"


def load(folders: Sequence[Path], data_dir: Path, progress: Progress = lambda _done, _total: None) -> Rulebook:
    """Load the starter pack, the rules added under `data_dir` and those of the folders, in this order.

    `progress` is told (files parsed, files to parse).

    Raises:
        ConfigError: a folder does not exist.
    """
    packs: list[Pack] = []
    files: list[RuleFile] = []
    for name, root, license_ in _roots(folders, data_dir):
        found = list(rule_files(root, license_))
        packs.append(Pack(name, str(root), len(found)))
        files += found
    return Rulebook(compiled_of(files, data_dir, progress), tuple(packs))


def _roots(folders: Sequence[Path], data_dir: Path) -> Iterator[tuple[str, Path, str]]:
    yield "starter", STARTER, _STARTER_LICENSE
    added = data_dir / "rules"
    for folder in sorted(added.iterdir()) if added.is_dir() else ():
        if folder.is_dir() and not folder.name.startswith("."):
            yield folder.name, folder, ""
    for folder in folders:
        yield folder.name, folder, ""


def compiled_of(files: Sequence[RuleFile], data_dir: Path, progress: Progress) -> Compiled:
    """Compile rule files, from the cache where it is right."""
    parser = _parser()
    key = _key(files, parser)
    path = data_dir / "cache" / "rules.msgpack"
    compiled = load_compiled(cache.read(path), key)
    if compiled is None:
        sheets = parsed(files, data_dir / "cache" / "sheets.msgpack", parser, progress)
        compiled = compile_rules(_placed(sheet, file) for sheet, file in zip(sheets, files, strict=True))
        cache.write(path, dump(compiled, key))
    return compiled


def _parser() -> str:
    """Name what made the parsed form: another pySigma may read a rule otherwise."""
    return f"pysigma {version('pysigma')}, tocsin {version('tocsin')}"


def _key(files: Iterable[RuleFile], parser: str) -> str:
    digest = blake2b(parser.encode(), digest_size=16)
    for file in files:
        digest.update(b"%s\0%s\0%s\0" % (os.fsencode(file.path), file.digest, file.license.encode()))
    return digest.hexdigest()


def _placed(sheet: Sheet, file: RuleFile) -> Sheet:
    """Write the path and, where a rule names none, its folder's licence into what a file holds."""
    path = str(file.path)
    rules = [msgspec.structs.replace(rule, path=path, license=rule.license or file.license) for rule in sheet.rules]
    filters = [msgspec.structs.replace(item, path=path) for item in sheet.filters]
    skipped = [msgspec.structs.replace(item, path=path) for item in sheet.skipped]
    return Sheet(tuple(rules), tuple(filters), tuple(skipped))


def parsed(files: Sequence[RuleFile], path: Path, parser: str, progress: Progress) -> list[Sheet]:
    """Give what each file holds; only files whose bytes the cache does not know are parsed."""
    known = cache.read_sheets(path, parser)
    missing = {file.digest: file.text for file in files if file.digest not in known}
    if missing:
        fresh: list[Sheet] = []
        for sheets in _parse_all(list(missing.values())):
            fresh += sheets
            progress(len(fresh), len(missing))
        known.update(zip(missing, fresh, strict=True))
        cache.write_sheets(path, parser, known)
    return [known[file.digest] for file in files]


def _parse_all(texts: list[str]) -> Iterator[list[Sheet]]:
    """Parse chunks of texts, in order."""
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    done = 0
    if len(texts) >= _WORTH_PROCESSES and (os.cpu_count() or 1) > 1:
        try:
            for sheets in _in_processes(chunks):
                done += 1
                yield sheets
        except (BrokenProcessPool, OSError):
            pass  # this process does the rest
    for chunk in chunks[done:]:
        yield _parse_chunk(chunk)


def _in_processes(chunks: list[list[str]]) -> Iterator[list[Sheet]]:
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 8), context) as pool:
        yield from pool.map(_parse_chunk, chunks)


def _parse_chunk(texts: list[str]) -> list[Sheet]:
    return [parse(text) for text in texts]
