"""The language in which people are spoken to: passed in, so that deciding code stays pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Voice(NamedTuple):
    """A language (`en`, `fr`) and the function that translates a message of the catalogue into it."""

    lang: str = "en"
    say: Callable[[str], str] = str
