"""Make text from logs safe to show: attackers write it, and a terminal obeys what it is sent.

Enters: any text. Leaves: one line in which every control, escape, direction-changing or invisible character is
visible as an escape, so that nothing can move the cursor, hide a word or reverse its reading order.
Source: CVE-2021-42574 (Trojan Source), ECMA-48 (control functions).
"""

from __future__ import annotations

import json
import re

MAX_SHOWN = 400
"""Characters of one text that are shown; a log line may be megabytes long."""

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def clean(text: str, limit: int = MAX_SHOWN) -> str:
    """Give a text on one line, safe to show, with at most `limit` characters."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return _UNSAFE.sub(_visible, text)


def escape_json(text: str) -> str:
    """Escape the same characters in JSON text as JSON does (`\\uNNNN`), so that it can be shown as it is."""
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
