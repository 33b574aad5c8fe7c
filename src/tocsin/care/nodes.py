"""A file of a care map as text with positions: every scalar stays the text that was written.

Enters: YAML 1.1 text. Leaves: a tree of nodes with true lines and columns, or the `Problem` of a file that is no YAML.
PyYAML's own resolver is not used: `no`, `0123` and `12:30` stay texts, and the schema says what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tocsin.care.problems import Place, Problem
from tocsin.i18n import N_

__all__ = ["MappingNode", "Node", "ScalarNode", "SequenceNode", "items", "parse", "place", "scalar"]

MAX_CHARACTERS = 32 << 20
_MAX_DEPTH = 64
_BRACKETS = re.compile(r"[\[\]{}]")
_NESTED_IN_A_LINE = re.compile(r"(?:[-?] +){32}")


class _Texts(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Loads nodes without guessing what their texts mean: twice as fast, and `no` stays `no`."""

    def resolve(self, kind: type[Node], value: str | None, implicit: object) -> str:  # noqa: ARG002
        """Give every node the same tag."""
        return "text"


def parse(file: str, text: str) -> tuple[MappingNode | None, list[Problem]]:
    """Give the top mapping of a file (None when it is empty or wrong), and what is wrong with the file as a whole."""
    if len(text) > MAX_CHARACTERS or _too_deep(text):
        message = N_("the file is too large or nested too deeply")
        return None, [Problem(Place(file), message, {}, N_("Split it in several files of the same folder."))]
    try:
        root = yaml.compose(text, Loader=_Texts)
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(file, error)]
    except yaml.YAMLError as error:
        return None, [Problem(Place(file), N_("it is not valid YAML: {problem}"), {"problem": str(error)[:200]})]
    if root is None:
        return None, []
    if not isinstance(root, MappingNode):
        hint = N_("Begin with a section, such as “zones:”.")
        return None, [Problem(place(file, root), N_("a file holds sections, each a name and a colon"), {}, hint)]
    return root, []


def _too_deep(text: str) -> bool:
    """Say whether brackets or dashes nest beyond reason: the C parser has no limit of its own and would crash."""
    if _NESTED_IN_A_LINE.search(text):
        return True
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth = depth + 1 if match[0] in "[{" else max(0, depth - 1)
        if depth > _MAX_DEPTH:
            return True
    return False


def _syntax(file: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    hint = N_("Look at the indentation, colons, quotes and brackets here and on the line above.")
    return Problem(where, N_("it is not valid YAML: {problem}"), {"problem": str(error.problem)[:200]}, hint)


def place(file: str, node: Node) -> Place:
    """Give the place where a node begins."""
    mark = node.start_mark
    return Place(file, mark.line + 1, mark.column + 1)


def scalar(node: Node) -> str | None:
    """Give the text of a scalar, None for anything else."""
    return node.value if isinstance(node, ScalarNode) else None


def items(node: MappingNode) -> Iterator[tuple[Node, Node]]:
    """Give the pairs of a mapping in the order of the file."""
    yield from node.value
