"""Many patterns on one text at once: literals and regular expressions, by Hyperscan where it helps.

Enters: literals or patterns. Leaves: the ranks of those that occur in a text. Hyperscan finds literals exactly
(they are bytes of UTF-8); of regular expressions it only names candidates, which Python's `re` then decides.
Where Hyperscan cannot take a pattern, `re` or `in` does the work alone: the result never depends on it.
Source: https://intel.github.io/hyperscan/dev-reference/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import hyperscan

from tocsin.detect.sigma.rule import Test

_FEW = 12
"""Up to so many literals, asking for each of them is quicker than a scan."""

_PATIENCE = 100_000
"""Characters of text after which a set of regular expressions gets its database."""

_LITERAL_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH
_REGEX_FLAGS = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
_HS_FLAGS = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}
_RE_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}

_MEANS_OTHER = re.compile(
    r"\[\[[:.=]|\{,|\(\?[a-zA-Z-]*[xLua]|\(\?P|\\[uUNQEhHRXKGCpP]|\[[^\]]*&&|\0|[^\x00-\x7f](?:[?*{]|$)"
)
"""Where Python and PCRE may understand a pattern differently: such patterns are left to `re`. Letters beyond ASCII
are several bytes there, which only matters where a repetition follows: the texts that are scanned are ASCII."""

_PYTHON_SPACES = "\x1c\x1d\x1e\x1f"
"""Signs that `\\s` takes in Python but not in PCRE."""

Find = Callable[[bytes], Sequence[int]]


def to_bytes(text: str) -> bytes:
    """Encode a text so that any text can be encoded."""
    return text.encode("utf-8", "surrogatepass")


def literal_finder(literals: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """Give the function that names the literals (by rank) that a text contains."""
    if len(literals) <= _FEW:
        pairs = tuple(enumerate(literals))
        return lambda text: [rank for rank, literal in pairs if literal in text]
    find = bytes_finder([to_bytes(literal) for literal in literals])
    return lambda text: find(to_bytes(text))


def bytes_finder(literals: Sequence[bytes]) -> Find:
    """Give the function that names the literals (by rank) that some bytes contain."""
    scanned = [rank for rank, literal in enumerate(literals) if b"\0" not in literal]  # a NUL ends a pattern there
    patterns = [literals[rank] for rank in scanned]
    database = _compiled(patterns, [_LITERAL_FLAGS] * len(patterns), True, scanned) if len(scanned) > 1 else None
    if database is None:
        return _asker(literals, range(len(literals)))
    find = _scanner(database)
    if len(scanned) == len(literals):
        return find
    ask = _asker(literals, [rank for rank, literal in enumerate(literals) if b"\0" in literal])
    return lambda data: [*find(data), *ask(data)]


def regex_finder(patterns: Sequence[bytes]) -> Find:
    """Give the function that names the patterns (by rank; only what PCRE and `re` read alike) found in some bytes."""
    database = _compiled(list(patterns), [_LITERAL_FLAGS | hyperscan.HS_FLAG_DOTALL] * len(patterns), False)
    if database is not None:
        return _scanner(database)
    regexes = [re.compile(pattern, re.DOTALL) for pattern in patterns]
    return lambda data: [rank for rank, regex in enumerate(regexes) if regex.search(data)]


def _asker(literals: Sequence[bytes], ranks: Iterable[int]) -> Find:
    pairs = tuple((rank, literals[rank]) for rank in ranks)
    return lambda data: [rank for rank, literal in pairs if literal in data]


def _compiled(
    patterns: list[bytes], flags: list[int], literal: bool, ids: list[int] | None = None
) -> hyperscan.Database | None:
    database = hyperscan.Database()
    ids = list(range(len(patterns))) if ids is None else ids
    try:
        database.compile(expressions=patterns, ids=ids, elements=len(ids), flags=flags, literal=literal)
    except hyperscan.HyperscanError:
        return None
    return database


def _scanner(database: hyperscan.Database) -> Find:
    scan = database.scan

    def find(data: bytes) -> Sequence[int]:
        found: list[int] = []
        add = found.append
        scan(data, match_event_handler=lambda rank, _start, _end, _flags, _context: add(rank))
        return found

    return find


class RegexSet:
    """Regular expressions of one field: Hyperscan names candidates in plain ASCII texts, `re` decides.

    The database is made once enough text has come: until then it costs more than it saves.
    """

    def __init__(self, tests: Iterable[Test]) -> None:
        self._tests = list(tests)
        self._regexes = [compiled_regex(test) for test in self._tests]
        self._all = range(len(self._regexes))
        self._find: Find | None = None
        self._others: list[int] = []
        self._patience = _PATIENCE

    def find(self, text: str) -> list[int]:
        """Give the ranks of the expressions that are found in a text."""
        return [rank for rank in self._candidates(text) if self._regexes[rank].search(text)]

    def _candidates(self, text: str) -> Iterable[int]:
        if self._patience > 0:
            self._patience -= len(text) + 50
            if self._patience <= 0:
                self._prepare()
        if self._find is None or not text.isascii() or any(space in text for space in _PYTHON_SPACES):
            return self._all
        return [*self._others, *self._find(to_bytes(text))]

    def _prepare(self) -> None:
        flags = {rank: _prefilter_flags(test) for rank, test in enumerate(self._tests)}
        usable = {rank: flag for rank, flag in flags.items() if flag is not None}
        patterns = {rank: to_bytes(self._tests[rank].value) for rank in usable}
        database, taken = _largest(patterns, usable)
        self._find = _scanner(database) if database is not None else None
        self._others = [rank for rank in self._all if rank not in taken]


def _largest(patterns: dict[int, bytes], flags: dict[int, int]) -> tuple[hyperscan.Database | None, frozenset[int]]:
    """Make a database of all patterns, or of those that can be compiled; say which these are."""
    taken = list(patterns)
    database = _compiled_ranks(taken, patterns, flags)
    if database is None:
        taken = _compilable(taken, patterns, flags)
        database = _compiled_ranks(taken, patterns, flags)
    return database, frozenset(taken if database is not None else ())


def _compilable(ranks: list[int], patterns: dict[int, bytes], flags: dict[int, int]) -> list[int]:
    if _compiled_ranks(ranks, patterns, flags) is not None:
        return ranks
    if len(ranks) <= 1:
        return []
    middle = len(ranks) // 2
    return _compilable(ranks[:middle], patterns, flags) + _compilable(ranks[middle:], patterns, flags)


def _compiled_ranks(ranks: list[int], patterns: dict[int, bytes], flags: dict[int, int]) -> hyperscan.Database | None:
    chosen = [patterns[rank] for rank in ranks]
    return _compiled(chosen, [flags[rank] for rank in ranks], False, ranks) if ranks else None


def compiled_regex(test: Test) -> re.Pattern[str]:
    """Compile the pattern of a `re` test."""
    flags = re.NOFLAG
    for flag in test.extra:
        flags |= _RE_FLAGS[flag]
    return re.compile(test.value, flags)


def _prefilter_flags(test: Test) -> int | None:
    """Give Hyperscan's flags for a pattern that it may prefilter, None for one that it may not."""
    if _MEANS_OTHER.search(test.value.replace("\\\\", "")):
        return None
    flags = _REGEX_FLAGS
    for flag in test.extra:
        flags |= _HS_FLAGS[flag]
    return flags
