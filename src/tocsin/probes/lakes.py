"""Records that came through a data lake, which writes all top-level names in lower case.

Enters: an object and the product's own spelling of the names. Leaves: the object under the product's names, so that
rules written for the product match; names that are not known stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.model import Native


def spelling(names: str) -> dict[str, str]:
    """Give lower case -> own spelling, of names parted by blanks."""
    return {name.lower(): name for name in names.split()}


def respelled(record: dict[str, Any], names: Mapping[str, str]) -> Native:
    """Give an object its product's names back. A name that is already there is not written over."""
    native: Native = {}
    for name, value in record.items():
        own = names.get(name, name)
        native[own if own not in record or own == name else name] = value
    return native
