"""Find the rule files of a folder, and the licence that stands with them.

Enters: paths. Leaves: `RuleFile`s with their text, in a stable order.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from tocsin.errors import ConfigError

SUFFIXES = frozenset({".yml", ".yaml"})
TEST_MARK = ".test"
"""`x.test.yml` beside `x.yml` holds its test events."""

MAX_FILE_BYTES = 4 << 20
_DRL = "Detection Rule License"


class RuleFile(NamedTuple):
    """One rule file: where it stands, its bytes, a hash of them, the licence of its folder."""

    path: Path
    data: bytes
    digest: bytes
    license: str

    @property
    def text(self) -> str:
        """The file's text; bytes that are not UTF-8 are replaced."""
        return self.data.decode("utf-8-sig", "replace")


def rule_files(root: Path, license_: str = "") -> Iterator[RuleFile]:
    """Give every rule file of a folder (or the one file), sorted by path. Test files are none.

    Raises:
        ConfigError: the path does not exist.
    """
    if not root.exists():
        raise ConfigError(f"{root}: no such rules folder", "Check the path of --rules, or the setting 'rules'.")
    license_ = license_ or license_of(root)
    for path in [root] if root.is_file() else sorted(root.rglob("*.y*ml")):
        if is_rule(path) and path.is_file() and path.stat().st_size <= MAX_FILE_BYTES:
            data = path.read_bytes()
            yield RuleFile(path, data, blake2b(data, digest_size=16).digest(), license_)


def is_rule(path: Path) -> bool:
    """Say whether a file's name is that of a rule file."""
    return path.suffix.lower() in SUFFIXES and not path.stem.lower().endswith(TEST_MARK)


def license_of(root: Path) -> str:
    """Name the licence whose text stands in a rules folder or just above it; empty when there is none we know."""
    folder = root if root.is_dir() else root.parent
    for path in [*sorted(folder.glob("LICENSE*")), *sorted(folder.parent.glob("LICENSE*"))]:
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(2000).decode("utf-8", "replace")
            return "DRL-1.1" if _DRL in head else head.strip().split("\n")[0].strip()[:80]
    return ""
