"""Read the text of one file of a care map: its sections, the things in them, and the flows.

Enters: a file's name and text. Leaves: entries, and problems that name line and column and say what to do.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.care.entries import Entry, Spot, Written
from tocsin.care.fields import Fields
from tocsin.care.model import DECLARED, Provenance
from tocsin.care.nodes import MappingNode, Node, SequenceNode, parse
from tocsin.care.problems import Problem
from tocsin.care.schema import FLOW_KEYS, ORIGIN_KEYS, SECTIONS, SITE_KEYS, TOP_KEYS
from tocsin.i18n import N_

_NAMES_FORBID = "/\\\n\t"


def read(file: str, text: str) -> tuple[Written, list[Problem]]:
    """Read one file; what is wrong is left out, so that everything else can still be checked."""
    root, problems = parse(file, text)
    written = Reader(file, problems).file_of(root) if root is not None else Written(None, [], [])
    return written, problems


class Reader(Fields):
    """Reads one file section by section."""

    def file_of(self, root: MappingNode) -> Written:
        written = Written(None, [], [])
        sections = {name: node for name, _, node in self.pairs(root, TOP_KEYS, N_("there is no section “{key}”"))}
        if "origin" in sections:
            self.origin = self.origin_of(self.fields(sections["origin"], ORIGIN_KEYS)[0], DECLARED)
        for name, node in sections.items():
            if name == "site":
                written = written._replace(site=self.site(node))
            elif name == "flows":
                written.flows.extend(self.flows(node))
            elif name != "origin":
                written.entries.extend(self.section(name, node))
        return written

    def site(self, node: Node) -> Entry | None:
        found, spots = self.fields(node, SITE_KEYS, "site")
        name = found.get("name")
        if not isinstance(name, str) or not self.good_name(name, spots["name"][1]):
            return None
        return Entry("site", name, (self.file, node), found, self.origin, spots)

    def section(self, section: str, node: Node) -> Iterator[Entry]:
        keys = {**SECTIONS[section].keys, **ORIGIN_KEYS}
        for name, name_node, body in self.pairs(node, None, ""):
            names = self.names(name, name_node) if section in {"hosts", "devices"} else (name,)
            if not names or not self.good_name(names[0], name_node):
                continue
            found, spots = self.fields(body, keys, name, name_node, whole=False)
            origin = self.origin_of(found, self.origin)
            if len(names) > 1:
                yield from self.series(section, names, (self.file, name_node), found, origin, spots)
                continue
            if "address" in found:
                found["address"] = [one for group in found["address"] for one in group]  # type: ignore[attr-defined]
            yield Entry(section, name, (self.file, name_node), found, origin, spots)

    def good_name(self, name: str, node: Node) -> bool:
        if name and not any(char in name for char in _NAMES_FORBID):
            return True
        self.wrong(node, N_("“{name}” is no name: it is empty or holds a slash"), "", name=name)
        return False

    def series(
        self,
        section: str,
        names: tuple[str, ...],
        spot: Spot,
        found: dict[str, object],
        origin: Provenance,
        spots: dict[str, Spot],
    ) -> Iterator[Entry]:
        """Give one entry a name; each takes its own address from each series of addresses."""
        groups: list[tuple[str, ...]] = found.pop("address", [])  # type: ignore[assignment]
        for group in groups:
            if len(group) != len(names):
                message = N_("{names} names but {addresses} addresses")
                hint = N_("Give as many addresses as names, as in 10.20.1.11..50.")
                self.wrong(spots["address"][1], message, hint, names=len(names), addresses=len(group))
                groups = []
                break
        for number, name in enumerate(names):
            own = {**found, "address": [group[number] for group in groups]}
            yield Entry(section, name, spot, own, origin, spots)

    def flows(self, node: Node) -> Iterator[Entry]:
        if not isinstance(node, SequenceNode):
            self.wrong(node, N_("flows are a list"), N_("Begin each flow with a dash: - {{from: …, to: …}}"))
            return
        for body in node.value:
            found, spots = self.fields(body, {**FLOW_KEYS, **ORIGIN_KEYS}, "flows")
            if found.get("from") and found.get("to"):
                yield Entry("flows", "", (self.file, body), found, self.origin_of(found, self.origin), spots)
