"""Names that Windows writes in several ways: accounts, images, hashes.

Enters: native values. Leaves: the parts that columns want.
"""

from __future__ import annotations

from tocsin.model import Columns, Native
from tocsin.probes.fill import text_of, whole


def base_name(path: str) -> str:
    """Give what stands behind the last backslash or slash."""
    return path.replace("/", "\\").rpartition("\\")[2]


def account_columns(value: object, prefix: str) -> Columns:
    """Split `DOMAIN\\user` or `user@realm` in name and domain under a column prefix (`user`, `actor.user`)."""
    text = text_of(value)
    if text is None:
        return {}
    domain, _, name = text.rpartition("\\")
    if not domain and "@" in name:
        name, _, domain = name.partition("@")
    columns = {f"{prefix}.name": name, f"{prefix}.domain": domain}
    return {column: part for column, part in columns.items() if part and part != "-"}


def process_columns(native: Native, prefix: str, image: str | tuple[str, ...], pid: str, command: str = "") -> Columns:
    """Give the columns of one process under a prefix (`process`, `actor.process`) from the names of its fields."""
    names = (image,) if isinstance(image, str) else image
    path = next((text for name in names if (text := text_of(native.get(name)))), None)
    number, line = whole(native.get(pid)), text_of(native.get(command))
    columns: Columns = {}
    if path:
        columns[f"{prefix}.name"] = base_name(path)
        if prefix == "process":
            columns["process.file.path"] = path
    if number is not None and (number or path):
        columns[f"{prefix}.pid"] = str(number)
    if line:
        columns[f"{prefix}.cmd_line"] = line
    return columns


def best_hash(value: object) -> str | None:
    """Give the SHA-256 of Sysmon's `Hashes` (`SHA1=…,MD5=…,SHA256=…`), or else the first hash there."""
    text = text_of(value)
    if text is None:
        return None
    hashes = dict(part.strip().upper().split("=", 1) for part in text.split(",") if "=" in part)
    found = hashes.get("SHA256") or next((hash_ for kind, hash_ in hashes.items() if kind != "IMPHASH"), None)
    return found.lower() if found else None
