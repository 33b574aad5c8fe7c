"""Read the values of one file of a care map as its schema says, collecting every problem.

Enters: nodes and the keys that may stand there. Leaves: typed values; what is wrong is left out and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tocsin.care import values
from tocsin.care.entries import Part, Spot, Word
from tocsin.care.model import DECLARED, Provenance
from tocsin.care.nodes import MappingNode, Node, ScalarNode, SequenceNode, items, place, scalar
from tocsin.care.problems import DID_YOU_MEAN, Facts, Problem, WrongValue, suggestion
from tocsin.care.roles import role_of
from tocsin.care.schema import COMPONENT_KEYS, NEED_KEYS, ORIGIN_KEYS, ROLES, Key, Kind
from tocsin.i18n import N_

_SCALARS: Mapping[Kind, Callable[[str], object]] = {
    "text": str.strip,
    "count": values.count,
    "flag": values.flag,
    "duration": values.duration,
    "day": values.day,
    "prefix": values.prefix,
    "addresses": values.addresses,
    "ports": values.ports,
    "windows": values.windows,
    "isolation": values.isolation,
}
_WEEK = (("weekday", 5), ("saturday", 1), ("sunday", 1))
NO_VALUE, ADD_IT = N_("“{what}” has no “{key}”"), N_("Add “{key}”: {why}.")
NO_KEY = N_("there is no key “{key}” here")


class Fields:
    """Reads values of one file; holds its name and collects its problems."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems
        self.origin = DECLARED
        self.left_out: set[int] = set()
        """Values that are wrong, by the identity of their node."""

    def wrong(self, node: Node, message: str, hint: str = "", **facts: str | int) -> None:
        self.left_out.add(id(node))
        self.problems.append(Problem(place(self.file, node), message, facts, hint))

    def origin_of(self, found: Mapping[str, object], default: Provenance) -> Provenance:
        """Take the keys that say where something comes from out of an entry."""
        if not any(key in found for key in ORIGIN_KEYS):
            return default
        given = {key: found.get(key, getattr(default, key)) for key in ORIGIN_KEYS}
        return Provenance(**given)  # type: ignore[arg-type]

    def pairs(self, node: Node, known: tuple[str, ...] | None, unknown: str) -> Iterator[tuple[str, Node, Node]]:
        """Give key, key's node and value of a mapping; unknown and repeated keys are problems."""
        if not isinstance(node, MappingNode):
            if scalar(node) != "":
                self.wrong(node, N_("names with a colon are expected here"), N_("Write one a line: name: …"))
            return
        seen: dict[str, Node] = {}
        for key_node, value in items(node):
            key = scalar(key_node)
            if key is None:
                self.wrong(key_node, N_("a name must be one word or text"))
            elif key in seen:
                first = place(self.file, seen[key]).line
                hint = N_("Remove one of them, or give it another name.")
                self.wrong(
                    key_node, N_("“{key}” is here a second time (first in line {line})"), hint, key=key, line=first
                )
            elif known is not None and key not in known:
                hint, facts = suggestion(key, known)
                self.wrong(key_node, unknown, hint, key=key, **facts)
            else:
                seen[key] = key_node
                yield key, key_node, value

    def fields(
        self, node: Node, keys: Mapping[str, Key], what: str = "", what_node: Node | None = None, whole: bool = True
    ) -> tuple[dict[str, object], dict[str, Spot]]:
        """Read a mapping's keys; wrong values are left out. A `whole` mapping must have all keys that it must."""
        found: dict[str, object] = {}
        spots: dict[str, Spot] = {}
        written = set()
        for name, _, value in self.pairs(node, tuple(keys), NO_KEY):
            written.add(name)
            spots[name] = (self.file, value)
            read = self.value(value, keys[name])
            if read is not None:
                found[name] = read
        for name, key in keys.items():
            if whole and key.must and name not in written:
                self.wrong(what_node or node, NO_VALUE, ADD_IT, what=what, key=name, why=key.why)
        return found, spots

    def value(self, node: Node, key: Key) -> object:
        if key.kind == "needs":
            return self.needs(node)
        if key.kind == "components":
            return self.components(node)
        if key.kind == "load":
            return self.load(node)
        if key.many:
            nodes = node.value if isinstance(node, SequenceNode) else [node]
            return self.several(nodes, key)
        return self.one(node, key)

    def several(self, nodes: list[Node], key: Key) -> list[object]:
        found: list[object] = []
        for node in nodes:
            if key.kind == "name":
                found.extend(self.words(node))
                continue
            read = self.one(node, key)
            if key.kind == "windows" and isinstance(read, tuple):
                found.extend(read)
            elif read is not None:
                found.append(read)
        return found

    def one(self, node: Node, key: Key) -> object:
        if not isinstance(node, ScalarNode):
            self.wrong(node, N_("one value is expected here: {why}"), "", why=key.why)
            return None
        text = node.value
        if key.kind == "name":
            return Word(text, (self.file, node)) if text else None
        if key.kind == "choice":
            return self.choice(node, key.choices)
        if text == "":
            self.wrong(node, N_("a value is missing here: {why}"), "", why=key.why)
            return None
        try:
            return _SCALARS[key.kind](text)
        except WrongValue as error:
            self.wrong(node, error.message, error.hint, **error.facts)
            return None

    def choice(self, node: ScalarNode, choices: tuple[str, ...]) -> str | None:
        if node.value in choices:
            return str(node.value)
        role = role_of(node.value) if choices is ROLES else ""
        facts: Facts
        hint, facts = (DID_YOU_MEAN, {"near": role}) if role else suggestion(node.value, choices)
        facts = {**facts, "value": node.value}
        self.wrong(node, N_("“{value}” is not among the words possible here"), hint, **facts)
        return None

    def names(self, text: str, node: Node) -> tuple[str, ...]:
        try:
            return values.series(text)
        except WrongValue as error:
            self.wrong(node, error.message, error.hint, **error.facts)
            return ()

    def words(self, node: Node) -> list[Word]:
        text = scalar(node)
        if not text:
            self.wrong(node, N_("a name is expected here"))
            return []
        return [Word(name, (self.file, node)) for name in self.names(text, node)]

    def needs(self, node: Node) -> list[Part]:
        """Read `[ad, dns]`, or `{ad: {autonomy: 4 h, fallback: …}}`."""
        if isinstance(node, SequenceNode):
            words = [word for one in node.value for word in self.words(one)]
            return [Part(word.text, word.spot, {}, self.origin) for word in words]
        return [self.part(name, key, body, NEED_KEYS) for name, key, body in self.pairs(node, None, "")]

    def components(self, node: Node) -> list[Part]:
        return [self.part(name, key, body, COMPONENT_KEYS) for name, key, body in self.pairs(node, None, "")]

    def part(self, name: str, name_node: Node, body: Node, keys: Mapping[str, Key]) -> Part:
        if isinstance(body, SequenceNode) and "members" in keys:
            found: dict[str, object] = {"members": self.several(body.value, keys["members"])}
        else:
            found, _ = self.fields(body, {**keys, **ORIGIN_KEYS}, name, name_node)
        return Part(name, (self.file, name_node), found, self.origin_of(found, self.origin))

    def load(self, node: Node) -> tuple[float, ...] | None:
        """Read 24 shares, the same each day, or one such list for weekdays, Saturday and Sunday; give 168."""
        if isinstance(node, SequenceNode):
            return (self.day_of(node) or ()) * 7 or None
        names = tuple(name for name, _ in _WEEK)
        days = {name: self.day_of(value) for name, _, value in self.pairs(node, names, NO_KEY)}
        if any(days.get(name) is None for name, _ in _WEEK):
            self.wrong(node, N_("the load needs weekday, saturday and sunday, or one list of 24 shares"))
            return None
        return tuple(share for name, times in _WEEK for share in (days[name] or ()) * times)

    def day_of(self, node: Node) -> tuple[float, ...] | None:
        nodes = node.value if isinstance(node, SequenceNode) else []
        if len(nodes) != 24:
            self.wrong(
                node, N_("24 shares are needed, one an hour from midnight; here are {number}"), "", number=len(nodes)
            )
            return None
        shares = []
        for one in nodes:
            try:
                shares.append(values.share(scalar(one) or ""))
            except WrongValue as error:
                self.wrong(one, error.message, error.hint, **error.facts)
                return None
        return tuple(shares)
