"""Write a care map's file: sections, each thing on one line, everything as text.

Enters: a `Document`: sections → names → keys → texts, lists and mappings of texts. Leaves: YAML that `read` reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from tocsin.care.schema import SECTIONS

Body = dict[str, object]
Document = dict[str, dict[str, Body]]
"""Sections of things by name; `flows` is kept as a section of things whose names are their ends and ports."""

_PLAIN = re.compile(r"[\w(«À-ÿ][\w .@+()/%*'’«»À-ÿ=&°;-]*")
MAX_LINE = 118


def scalar(text: str) -> str:
    """Write a text as it is where YAML allows, else in double quotes."""
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and " #" not in text:
        return text
    return json.dumps(text, ensure_ascii=False)


def inline(value: object) -> str:
    """Write a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(one) for one in value) + "]"
    return scalar(str(value))


def write(document: Document, origin: Mapping[str, str], head: str) -> str:
    """Give the text of a file; sections stand in the order of the schema."""
    parts = [f"# {line}\n" for line in head.splitlines()]
    parts.append(f"origin: {inline(origin)}\n")
    for section in (*SECTIONS, "flows"):
        if document.get(section):
            parts += [f"\n{section}:\n", *_things(section, document[section])]
    return "".join(parts)


def _things(section: str, things: Mapping[str, Body]) -> Iterator[str]:
    for name, body in things.items():
        if section == "flows":
            yield f"  - {inline(body)}\n"
        elif len(inline(body)) + len(name) > MAX_LINE:
            yield f"  {scalar(name)}:\n" + "".join(f"    {key}: {inline(one)}\n" for key, one in body.items())
        else:
            yield f"  {scalar(name)}: {inline(body)}\n"


def flow_name(body: Mapping[str, object]) -> str:
    """Give the name under which a flow is kept in a document: what makes it the same flow."""
    return "|".join(inline(body.get(key, "")) for key in ("from", "to", "ports", "allow"))
