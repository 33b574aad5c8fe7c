"""Sigma YAML to rule values, by pySigma for the grammar and the modifiers.

Enters: the text of a rule file (one or several documents). Leaves: a `Sheet` of rules, filters and what could not
be used with its reason; never an exception, whatever the text. pySigma is imported on first use: it is slow.
Source: https://sigmahq.io/sigma-specification/ (2.x).
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tocsin.detect.sigma.rule import Correlation, Filter, Logsource, Node, Rule, Sheet, Skipped
from tocsin.detect.sigma.text import text_of
from tocsin.model import LEVELS, Level

_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_TEXTUAL = {"contains", "startswith", "endswith", "cased", "re", "cidr", "windash", "fieldref"}
_TEXTUAL |= {"base64", "base64offset", "wide", "utf16", "utf16le", "utf16be"}
_WIDE = re.compile(r"\|utf16le(?=\||$)")


_TEXT_TAG = "tag:yaml.org,2002:str"

_Base: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML in which a key is the text that stands there (`off`, `123`), and stands once: of two, one would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a dict; a key that stands twice is an error."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
                continue
            key_node.tag = _TEXT_TAG
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' stands twice", key_node.start_mark
                )
            seen.add(key)
        return dict(super().construct_mapping(node, deep=deep))


def parse(text: str, path: str = "") -> Sheet:
    """Read one rule file."""
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        return Sheet(skipped=(Skipped("", f"not valid YAML: {_problem(error)}", path, _line(error)),))
    except (ValueError, RecursionError, TypeError, AttributeError, OverflowError) as error:
        return Sheet(skipped=(Skipped("", f"not valid YAML: {error}", path),))
    return _sheet(documents, path)


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).split("\n")[0]


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 0


def _sheet(documents: list[object], path: str) -> Sheet:
    rules: list[Rule] = []
    filters: list[Filter] = []
    skipped: list[Skipped] = []
    common: dict[str, Any] = {}
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict):
            skipped.append(Skipped("", "not a rule: the document is no mapping", path))
            continue
        if document.get("action") == "global":
            common = document
            continue
        item = _document(_merge(common, document), path)
        {Rule: rules, Filter: filters, Skipped: skipped}[type(item)].append(item)  # type: ignore[attr-defined]
    if not (rules or filters or skipped):
        skipped.append(Skipped("", "no rule in this file", path))
    return Sheet(tuple(rules), tuple(filters), tuple(skipped))


def _merge(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay a document over the `action: global` one before it."""
    merged = {key: value for key, value in common.items() if key != "action"}
    for key, value in own.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _document(document: dict[str, Any], path: str) -> Rule | Filter | Skipped:
    from sigma.exceptions import SigmaError

    identity = _one(document, "id") or _one(document, "name") or _one(document, "title")
    try:
        if "correlation" in document:
            return _rule(document, path, None, _correlation(document))
        if "filter" in document:
            return _filter(document, path, identity)
        if "detection" in document:
            return _rule(document, path, _condition(document["detection"]), None)
    except SigmaError as error:
        return Skipped(identity, str(error).split(" in ")[0] or type(error).__name__, path)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        return Skipped(identity, str(error) or type(error).__name__, path)
    return Skipped(identity, "not a rule: it has no detection, correlation or filter", path)


def _condition(detection: object) -> Node:
    from sigma.policy.profiles import TrustedPolicy
    from sigma.rule import SigmaDetections

    from tocsin.detect.sigma.conditions import tree_of

    if not isinstance(detection, dict):
        raise ValueError("detection is no mapping")
    conditions = detection.get("condition")
    if not all(isinstance(item, str) for item in (conditions if isinstance(conditions, list) else [conditions])):
        raise ValueError("the condition is no text")
    selections = {str(name): _renamed(value) for name, value in detection.items() if name != "timeframe"}
    return tree_of(SigmaDetections.from_dict(selections, policy=TrustedPolicy))


def _renamed(selection: Any) -> Any:
    """Write a selection as pySigma wants it: `wide` for its other name, texts where modifiers need texts."""
    if isinstance(selection, list):
        return [_renamed(item) for item in selection]
    if not isinstance(selection, dict):
        return selection
    return dict(_entry(str(key), value) for key, value in selection.items())


def _entry(key: str, value: Any) -> tuple[str, Any]:
    modifiers = key.split("|")[1:]
    if _TEXTUAL.isdisjoint(modifiers):
        return key, value
    return _WIDE.sub("|wide", key), [_text(item) for item in value] if isinstance(value, list) else _text(value)


def _text(value: Any) -> Any:
    return text_of(value) if isinstance(value, bool | int | float) else value


def _rule(document: dict[str, Any], path: str, condition: Node | None, correlation: Correlation | None) -> Rule:
    tags = _many(document, "tags")
    title = _one(document, "title") or _one(document, "name") or _one(document, "id")
    if not title:
        raise ValueError("the rule has neither title nor id")
    return Rule(
        id=_one(document, "id") or _one(document, "name") or title,
        title=title,
        level=_level(document),
        logsource=Logsource() if correlation else _logsource(document),
        condition=condition,
        correlation=correlation,
        name=_one(document, "name"),
        description=_one(document, "description"),
        status=_one(document, "status"),
        author=_one(document, "author"),
        license=_one(document, "license"),
        references=_many(document, "references"),
        falsepositives=_many(document, "falsepositives"),
        tags=tags,
        techniques=tuple(dict.fromkeys(found[1].upper() for tag in tags if (found := _TECHNIQUE.fullmatch(tag)))),
        tactics=tuple(dict.fromkeys(tactic for tag in tags if (tactic := _tactic(tag)))),
        fields=_many(document, "fields"),
        path=path,
    )


def _level(document: dict[str, Any]) -> Level:
    level = _one(document, "level").lower()
    return level if level in LEVELS else "medium"


def _tactic(tag: str) -> str:
    """Give `credential-access` for `attack.credential-access`; groups (g0001), software and techniques give nothing."""
    namespace, _, name = tag.lower().partition(".")
    if namespace != "attack" or re.match(r"[tgs]\d|ta\d", name):
        return ""
    return name.replace("_", "-")


def _logsource(document: dict[str, Any]) -> Logsource:
    source = document.get("logsource")
    if not isinstance(source, dict):
        raise ValueError("the rule has no logsource")
    found = Logsource(*(_one(source, key).lower() for key in ("product", "category", "service")))
    if found == Logsource():
        raise ValueError("the logsource names no product, category or service")
    return found


def _filter(document: dict[str, Any], path: str, identity: str) -> Filter:
    body = document["filter"]
    if not isinstance(body, dict):
        raise ValueError("filter is no mapping")
    named = body.get("rules")
    rules = () if named in ("any", []) else _many(body, "rules")
    if named is None:
        raise ValueError("the filter does not say for which rules (rules: any, or a list)")
    selections = {key: value for key, value in body.items() if key != "rules"}
    return Filter(identity, _logsource(document), rules, _condition(selections), path)


def _correlation(document: dict[str, Any]) -> Correlation:
    from tocsin.detect.sigma.correlating import correlation_of

    return correlation_of(document)


def _one(document: dict[Any, Any], key: str) -> str:
    value = document.get(key)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _many(document: dict[Any, Any], key: str) -> tuple[str, ...]:
    value = document.get(key)
    items = value if isinstance(value, list) else [value]
    return tuple(str(item).strip() for item in items if item is not None and not isinstance(item, dict | list))
