"""The few shapes of our drawings, as SVG text.

Enters: places and texts. Leaves: SVG elements. Every text is escaped and has no control characters.
Colours follow the reader's light or dark setting; a class is always a letter too, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

STYLE = """
:root{--ink:#12252f;--soft:#4a5f6b;--line:#9fb4c0;--paper:#fff;--card:#f3f7f9;--a:#b3261e;--b:#a85b00;--c:#1f6391;--d:#5f6b73}
@media (prefers-color-scheme:dark){:root{--ink:#e6eef2;--soft:#a9bcc6;--line:#4d636f;--paper:#11191e;--card:#1b272e;--a:#ff8a80;--b:#ffb866;--c:#7cc4f5;--d:#aab6bd}}
svg{background:var(--paper)}text{fill:var(--ink);font:13px system-ui,sans-serif}.s{fill:var(--soft);font-size:11px}.h{font-size:18px;font-weight:600}
.k{fill:var(--paper);font-weight:700;text-anchor:middle}.card{fill:var(--card);stroke:var(--line)}.base{fill:none;stroke:var(--line);stroke-dasharray:5 4}
path{fill:none;stroke:var(--line);stroke-width:1.3}.A{--k:var(--a)}.B{--k:var(--b)}.C{--k:var(--c)}.D{--k:var(--d)}.tag,.dot{fill:var(--k,var(--soft))}.e{stroke:var(--k,var(--line));opacity:.55}
.ring{fill:none;stroke:var(--soft);stroke-width:2}.no{stroke:var(--a);stroke-width:2}.grid{stroke:var(--line);stroke-width:.5}g:hover>.e{opacity:1;stroke-width:2.5}
""".strip()  # noqa: E501
"""House style of the documentation's drawings, with dark colours and one colour a class."""
CHARACTER = 6.8
"""Width of an average character of 13 px, in pixels."""


def safe(text: str, limit: int = 0) -> str:
    """Escape a text, make control characters visible, and shorten it."""
    plain = "".join(char if char.isprintable() else "·" for char in text)
    if limit and len(plain) > limit:
        plain = plain[: limit - 1] + "…"
    return escape(plain)


def text(x: float, y: float, words: str, kind: str = "", limit: int = 0) -> str:
    """Write a text; `kind` is a class of the style."""
    mark = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{mark}>{safe(words, limit)}</text>'


def card(x: float, y: float, width: float, height: float, life_class: str, title: str, below: str = "") -> str:
    """Draw a box with its class as a letter in a coloured tag, a title and a line below."""
    most = int((width - 44) / CHARACTER)
    letter = (
        f'<text class="k" x="{x + 14:g}" y="{y + height / 2 + 5:g}">{safe(life_class)}</text>' if life_class else ""
    )
    tag = f'<rect class="tag" x="{x:g}" y="{y:g}" width="28" height="{height:g}" rx="6"/>' if life_class else ""
    body = f'<rect class="card" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'
    left = x + (36 if life_class else 10)
    top = y + (height / 2 + 5 if not below else 16)
    lines = text(left, top, title, limit=most) + (text(left, top + 15, below, "s", int(most * 1.2)) if below else "")
    full = f"<title>{safe(title)}{' — ' + safe(below) if below else ''}</title>"
    return f'<g class="{life_class or "n"}">{full}{body}{tag}{letter}{lines}</g>'


def curve(x1: float, y1: float, x2: float, y2: float, life_class: str = "") -> str:
    """Draw a line from left to right that leaves and arrives level."""
    middle = (x1 + x2) / 2
    return f'<path class="e {life_class}" d="M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"/>'


def document(width: float, height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """Put a drawing together."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="t d">\n<title id="t">{safe(title)}</title>\n<desc id="d">{safe(description)}</desc>\n'
    )
    return head + f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
