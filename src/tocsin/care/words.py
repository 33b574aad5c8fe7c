"""Compare words as people write them.

Enters: text. Leaves: the same without accents, capitals and punctuation.
"""

from __future__ import annotations

import unicodedata


def word(text: str) -> str:
    """Give a text for comparing: lower case, without accents, words joined by `_`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "_".join("".join(char if char.isalnum() else " " for char in plain).split())
