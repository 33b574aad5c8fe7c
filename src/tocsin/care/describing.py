"""Describe a care map's files to editors, as a JSON schema.

Enters: the schema of the files. Leaves: JSON Schema 2020-12, kept in docs/schema/care.schema.json.
YAML editors resolve `no` and `120` before they look at a schema: where a text is meant they are let through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.care.schema import (
    COMPONENT_KEYS,
    FLOW_KEYS,
    KINDS,
    NEED_KEYS,
    ORIGIN_KEYS,
    SECTIONS,
    SITE_KEYS,
    Key,
    Kind,
)

Schema = dict[str, Any]
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_FLAG: Schema = {"enum": [True, False, "yes", "no", "oui", "non"]}
_SHARE: Schema = {"type": ["number", "string"]}
_DAY_LOAD: Schema = {"type": "array", "items": _SHARE, "minItems": 24, "maxItems": 24}
_KINDS: Mapping[Kind, Schema] = {
    "text": _TEXT,
    "count": {"type": "integer", "minimum": 0},
    "flag": _FLAG,
    "duration": {"type": "string", "pattern": r"^\s*\d.*(min|mn|m|h|d|j|w|sem)\.?\s*$"},
    "day": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    "prefix": {"type": "string", "pattern": r"/\d{1,3}$"},
    "addresses": {"type": "string"},
    "ports": {"type": ["string", "integer"]},
    "windows": {"type": "string"},
    "isolation": {"enum": [True, False, "yes", "no", "ask", "oui", "non", "demander"]},
    "name": _TEXT,
    "load": {
        "oneOf": [
            _DAY_LOAD,
            {
                "type": "object",
                "properties": dict.fromkeys(("weekday", "saturday", "sunday"), _DAY_LOAD),
                "required": ["weekday", "saturday", "sunday"],
                "additionalProperties": False,
            },
        ]
    },
}


def json_schema() -> Schema:
    """Give the whole schema."""
    sections = {name: _section(section.why, section.keys) for name, section in SECTIONS.items()}
    flow = _object({**FLOW_KEYS, **ORIGIN_KEYS}, whole=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One file of a care map",
        "description": "All files of a folder make one hospital; any section may stand in any file.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "site": _object(SITE_KEYS, whole=True),
            "origin": {**_object(ORIGIN_KEYS), "description": "where all of this file comes from"},
            **sections,
            "flows": {"type": "array", "items": flow, "description": "who may talk to whom, and why"},
        },
    }


def _section(why: str, keys: Mapping[str, Key]) -> Schema:
    body = {"oneOf": [_object({**keys, **ORIGIN_KEYS}), {"type": "null"}]}
    return {"type": ["object", "null"], "description": why, "additionalProperties": body}


def _object(keys: Mapping[str, Key], whole: bool = False) -> Schema:
    must = [name for name, key in keys.items() if key.must] if whole else []
    made: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _key(key) for name, key in keys.items()},
    }
    return made | ({"required": must} if must else {})


def _key(key: Key) -> Schema:
    one = _one(key)
    several = {"oneOf": [one, {"type": "array", "items": one}]} if key.many else one
    said = key.why if key.kind in {"text", "choice", "needs", "components"} else f"{key.why} ({KINDS[key.kind]})"
    return {**several, "description": said}


def _one(key: Key) -> Schema:
    if key.kind == "choice":
        return {"enum": list(key.choices)}
    if key.kind == "needs":
        part = {"oneOf": [_object({**NEED_KEYS, **ORIGIN_KEYS}), {"type": "null"}]}
        return {"oneOf": [{"type": "array", "items": _TEXT}, {"type": "object", "additionalProperties": part}]}
    if key.kind == "components":
        part = _object({**COMPONENT_KEYS, **ORIGIN_KEYS}, whole=True)
        either = {"oneOf": [part, {"type": "array", "items": _TEXT}]}
        return {"type": "object", "additionalProperties": either}
    return _KINDS[key.kind]
