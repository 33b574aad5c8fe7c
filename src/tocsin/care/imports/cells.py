"""Documents that importers make, as nodes with places, so that the schema checks them like files written by hand.

Enters: a `Document` whose texts may be `Cell`s that know their line and column. Leaves: nodes; documents without
what was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

from yaml import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tocsin.care.entries import Written
from tocsin.care.problems import Problem
from tocsin.care.reading import Reader
from tocsin.care.writing import Body, Document


class Cell(str):
    """A text that knows where it was written; the column counts cells."""

    __slots__ = ("column", "line")
    line: int
    column: int

    @classmethod
    def at(cls, text: str, line: int, column: int) -> Cell:
        """Make a cell; line and column count from 1."""
        cell = cls(text)
        cell.line, cell.column = line, column
        return cell


def name_of(text: object) -> str:
    """Give a text as a name: on one line, without slashes, without what would be read as a series."""
    plain = " ".join(str(text or "").replace("/", "-").replace("\\", "-").split())
    return plain.replace("..", "-").strip(" .")


def checked(file: str, document: Document) -> tuple[Document, list[Problem]]:
    """Check a document against the schema; give it without what is wrong, and what is wrong."""
    problems: list[Problem] = []
    reader = Reader(file, problems)
    root = _mapping({section: _section(section, things) for section, things in document.items() if things})
    _written: Written = reader.file_of(root)
    kept = {section: _kept(section, things, root, reader) for section, things in document.items()}
    return {section: things for section, things in kept.items() if things}, problems


def _section(section: str, things: Mapping[str, Body]) -> object:
    return list(things.values()) if section == "flows" else things


def _mark(value: object) -> Mark:
    line, column = getattr(value, "line", 1), getattr(value, "column", 1)
    return Mark("", 0, line - 1, column - 1, None, 0)


def _node(value: object) -> Node:
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        nodes = [_node(one) for one in value]
        return SequenceNode("text", nodes, nodes[0].start_mark if nodes else _mark(value))
    return ScalarNode("text", str(value), _mark(value))


def _mapping(value: Mapping[str, object]) -> MappingNode:
    pairs = [(ScalarNode("text", str(key), _mark(key)), _node(one)) for key, one in value.items()]
    return MappingNode("text", pairs, pairs[0][1].start_mark if pairs else _mark(value))


def _kept(section: str, things: Mapping[str, Body], root: MappingNode, reader: Reader) -> dict[str, Body]:
    """Give a section's things without the keys whose value the reader left out."""
    found = next((node for key, node in root.value if key.value == section), None)
    bodies = found.value if found is not None else []
    kept: dict[str, Body] = {}
    for (name, body), node in zip(things.items(), bodies, strict=True):
        fields = node if section == "flows" else node[1]
        wrong = {key.value for key, value in fields.value if _is_wrong(value, reader) or id(key) in reader.left_out}
        if section != "flows" and id(node[0]) in reader.left_out:
            continue
        left = {key: value for key, value in body.items() if key not in wrong}
        if section != "flows" or ("from" in left and "to" in left):
            kept[name] = left
    return kept


def _is_wrong(node: Node, reader: Reader) -> bool:
    below = node.value if isinstance(node, SequenceNode) else []
    return id(node) in reader.left_out or any(id(one) in reader.left_out for one in below)
