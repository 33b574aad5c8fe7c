"""Read a plot's file: every fault with its line and column and what to do.

Enters: YAML text. Leaves: a `Plot` (None where it cannot be played) and problems, in the manner of the care map's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tocsin.care.nodes import MappingNode, Node, ScalarNode, SequenceNode, items, parse, place, scalar
from tocsin.care.problems import Place, Problem, suggestion
from tocsin.i18n import N_
from tocsin.simulate.acts import KINDS
from tocsin.simulate.plots.model import Begin, Member, Plot, Span, Step
from tocsin.simulate.plots.schema import (
    ACCOUNTS,
    CHOICES,
    EXPECT,
    MEMBER_KEYS,
    PLOT_KEYS,
    STEP_KEYS,
    TOP_KEYS,
    fields_of,
)
from tocsin.simulate.recorders import SOURCES

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_BEGIN = re.compile(r"(?:(?P<day>day|jour) +(?P<number>\d{1,4})|(?P<name>[a-z]+)) +(?P<hour>\d{1,2}):(?P<minute>\d\d)")
_SPAN = re.compile(r"(?P<random>~)?(?P<least>\d+(?:\.\d+)?)(?:\.\.(?P<most>\d+(?:\.\d+)?))? *(?P<unit>ms|s|min|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_MENTION = re.compile(r"\{([a-z_][a-z0-9_]*)\.([a-z_]+)\}")
ALWAYS = ("gateway", "directory", "internet")
"""Members of every cast."""


def read(file: str, text: str) -> tuple[Plot | None, list[Problem]]:
    """Read one plot."""
    root, problems = parse(file, text)
    if root is None:
        if not problems:
            problems.append(Problem(Place(file), N_("the file is empty"), {}, N_("Begin with a section named “plot”.")))
        return None, problems
    return Reader(file, problems).plot(root), problems


class Reader:
    """Reads one file; collects its problems."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems

    def wrong(self, node: Node, message: str, hint: str = "", **facts: str | int) -> None:
        self.problems.append(Problem(place(self.file, node), message, facts, hint))

    def pairs(self, node: Node, known: tuple[str, ...] | None) -> Iterator[tuple[str, Node, Node]]:
        """Give the pairs of a mapping; unknown and repeated keys are problems."""
        if not isinstance(node, MappingNode):
            self.wrong(node, N_("names with a colon are expected here"), N_("Write one a line: name: …"))
            return
        seen: dict[str, int] = {}
        for key_node, value in items(node):
            key = scalar(key_node) or ""
            if key in seen:
                hint = N_("Remove one of them.")
                self.wrong(
                    key_node, N_("“{key}” is here a second time (first in line {line})"), hint, key=key, line=seen[key]
                )
            elif known is not None and key not in known:
                hint, facts = suggestion(key, known)
                self.wrong(key_node, N_("there is no key “{key}” here"), hint, key=key, **facts)
            else:
                seen[key] = place(self.file, key_node).line
                yield key, key_node, value

    def plot(self, root: MappingNode) -> Plot | None:
        sections = {name: node for name, _, node in self.pairs(root, TOP_KEYS)}
        for name in ("plot", "steps"):
            if name not in sections:
                self.wrong(
                    root,
                    N_("the section “{name}” is missing"),
                    N_("Add it: docs/rooms/simulate.md shows a plot."),
                    name=name,
                )
        head = {key: value for key, _, value in self.pairs(sections["plot"], PLOT_KEYS)} if "plot" in sections else {}
        cast = tuple(self.members(sections["cast"])) if "cast" in sections else ()
        names = (*(one.name for one in cast), *ALWAYS)
        steps = tuple(self.steps(sections["steps"], names)) if "steps" in sections else ()
        plot = Plot(
            self.text(head.get("name")) or self.file.rpartition("/")[2].partition(".")[0],
            self.text(head.get("label")),
            self.begin(head.get("begin")),
            self.choice(head["expect"], EXPECT) if "expect" in head else "incident",
            cast,
            steps,
            self.text(head.get("story")),
            self.file,
        )
        return None if self.problems else plot

    def text(self, node: Node | None) -> str:
        return (scalar(node) or "").strip() if node is not None else ""

    def choice(self, node: Node, words: tuple[str, ...]) -> str:
        text = scalar(node) or ""
        if text not in words:
            hint, facts = suggestion(text, words)
            self.wrong(node, N_("“{value}” is not among the words possible here"), hint, **{**facts, "value": text})
        return text

    def begin(self, node: Node | None) -> Begin:
        if node is None:
            return Begin(600, None, 1)
        text = (scalar(node) or "").strip().lower()
        found = _BEGIN.fullmatch(text)
        name = found["name"] if found else None
        known = name is None or name in _DAYS or name in _JOURS
        if found is None or not known or int(found["hour"]) > 23 or int(found["minute"]) > 59:
            self.wrong(
                node, N_("“{value}” is no day and hour"), N_("Write “sunday 02:10” or “day 2 02:10”."), value=text
            )
            return Begin(600)
        minute = int(found["hour"]) * 60 + int(found["minute"])
        if name is None:
            return Begin(minute, None, max(1, int(found["number"])))
        return Begin(minute, (_DAYS if name in _DAYS else _JOURS).index(name))

    def span(self, node: Node) -> Span:
        text = (scalar(node) or "").strip()
        found = _SPAN.fullmatch(text)
        if found is None:
            hint = N_("Write “30 s”, “2..5 min” or “~40 s”.")
            self.wrong(node, N_("“{value}” is no length of time"), hint, value=text)
            return Span(0.0, 0.0)
        unit = _UNITS[found["unit"]]
        least = float(found["least"]) * unit
        return Span(least, float(found["most"]) * unit if found["most"] else least, bool(found["random"]))

    def whole(self, node: Node) -> int:
        text = (scalar(node) or "").replace("_", "").strip()
        if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
            self.wrong(node, N_("“{value}” is no number from 1 to 1,000,000"), "", value=text)
            return 1
        return int(text)

    def members(self, node: Node) -> Iterator[Member]:
        for name, key_node, body in self.pairs(node, None):
            if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
                self.wrong(
                    key_node,
                    N_("“{name}” is no name for a member of the cast"),
                    N_("Use small letters and _."),
                    name=name,
                )
                continue
            words: dict[str, object] = {}
            for key, _, value in self.pairs(body, MEMBER_KEYS):
                if key == "count":
                    words[key] = self.whole(value)
                elif key == "account":
                    words[key] = self.choice(value, ACCOUNTS)
                elif isinstance(value, SequenceNode):
                    words[key] = tuple(self.text(one) for one in value.value)
                else:
                    words[key] = self.text(value)
            if not words:
                self.wrong(
                    key_node,
                    N_("“{name}” says nothing to choose by"),
                    N_("Give a role, a host or an address."),
                    name=name,
                )
            yield Member(name, words, place(self.file, key_node))

    def steps(self, node: Node, cast: tuple[str, ...]) -> Iterator[Step]:
        if not isinstance(node, SequenceNode):
            self.wrong(node, N_("steps are a list"), N_("Begin each step with a dash: - {{do: …}}"))
            return
        named: set[str] = set()
        for number, body in enumerate(node.value, 1):
            step = self.step(number, body, cast, named)
            if step is not None:
                named |= {step.name} if step.name else set()
                yield step

    def step(self, number: int, body: Node, cast: tuple[str, ...], named: set[str]) -> Step | None:
        pairs = list(self.pairs(body, None))
        nodes = {key: (key_node, value) for key, key_node, value in pairs}
        if "do" not in nodes:
            self.wrong(body, N_("a step says what happens: “do”"), N_("Add “do” and an act, such as logon."))
            return None
        do = self.choice(nodes["do"][1], tuple(KINDS))
        if do not in KINDS:
            return None
        words = self.words(do, nodes, cast, body)
        since = self.text(nodes["since"][1]) if "since" in nodes else ""
        if since and since != "begin" and since not in named:
            hint, facts = suggestion(since, named)
            self.wrong(nodes["since"][1], N_("no step before is named “{value}”"), hint, **{**facts, "value": since})
        return Step(
            number,
            do,
            words,
            place(self.file, body),
            self.text(nodes["name_step"][1]) if "name_step" in nodes else "",
            self.technique(nodes["technique"][1]) if "technique" in nodes else "",
            self.text(nodes["say"][1]) if "say" in nodes else "",
            since,
            self.span(nodes["after"][1]) if "after" in nodes else Span(20.0, 90.0),
            self.whole(nodes["repeat"][1]) if "repeat" in nodes else 0,
            self.span(nodes["every"][1]) if "every" in nodes else Span(5.0, 30.0),
            self.unseen(nodes["unseen_by"][1]) if "unseen_by" in nodes else frozenset(),
            self.when(nodes["when"][1], cast) if "when" in nodes else None,
        )

    def when(self, node: Node, cast: tuple[str, ...]) -> tuple[str, str]:
        name, _, choice = (part.strip() for part in self.text(node).partition("="))
        if not choice:
            self.wrong(node, N_("“{value}” is no condition"), N_("Write “way = psexec”."), value=self.text(node))
        else:
            self.mentioned(node, name, cast)
        return name, choice

    def technique(self, node: Node) -> str:
        text = self.text(node)
        if not _TECHNIQUE.fullmatch(text):
            self.wrong(node, N_("“{value}” is no ATT&CK technique"), N_("Write T1021 or T1021.001."), value=text)
        return text

    def unseen(self, node: Node) -> frozenset[str]:
        several = node.value if isinstance(node, SequenceNode) else [node]
        return frozenset(self.choice(one, SOURCES) for one in several)

    def words(
        self, do: str, nodes: Mapping[str, tuple[Node, Node]], cast: tuple[str, ...], body: Node
    ) -> dict[str, object]:
        fields = fields_of(do)
        found: dict[str, object] = {}
        for key, (key_node, value) in nodes.items():
            if key in STEP_KEYS:
                continue
            if key not in fields:
                hint, facts = suggestion(key, (*fields, *STEP_KEYS))
                self.wrong(key_node, N_("an act “{do}” has no word “{key}”"), hint, **{**facts, "key": key, "do": do})
                continue
            field, kind, _must = fields[key]
            found[field] = self.word(do, field, kind, value, cast)
        for word, (field, _kind, must) in fields.items():
            if must and field not in found and word not in nodes:
                self.wrong(body, N_("an act “{do}” must have “{word}”"), N_("Add it to this step."), do=do, word=word)
        return found

    def word(self, do: str, field: str, kind: str, node: Node, cast: tuple[str, ...]) -> object:
        """Read one word by the type of its field."""
        if kind.startswith("tuple"):
            return self.several(kind, node, cast)
        text = self.text(node)
        if not isinstance(node, ScalarNode):
            self.wrong(node, N_("one value is expected here: {why}"), "", why=field)
        elif kind.startswith(("Machine", "Account")):
            self.mentioned(node, text, cast)
        elif (do, field) in CHOICES and text:
            self.choice(node, CHOICES[do, field])
        elif kind == "int" and not re.fullmatch(r"-?\d[\d_]*", text):
            self.wrong(node, N_("“{value}” is no whole number"), "", value=text)
        elif kind == "float" and not re.fullmatch(r"-?\d+(\.\d+)?", text):
            self.wrong(node, N_("“{value}” is no number"), "", value=text)
        elif kind == "bool" and text not in {"yes", "no"}:
            self.wrong(node, N_("“{value}” is not yes or no"), "", value=text)
        self.mentions(node, text, cast)
        return text

    def several(self, kind: str, node: Node, cast: tuple[str, ...]) -> object:
        if "tuple[str, str]" in kind:
            return tuple((key, self.text(value)) for key, _, value in self.pairs(node, None))
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        for one in nodes:
            if "Machine" in kind:
                self.mentioned(one, self.text(one), cast)
            self.mentions(one, self.text(one), cast)
        return tuple(self.text(one) for one in nodes)

    def mentioned(self, node: Node, name: str, cast: tuple[str, ...]) -> None:
        if name not in cast:
            hint, facts = suggestion(name, cast)
            self.wrong(node, N_("“{value}” is not in the cast"), hint, **{**facts, "value": name})

    def mentions(self, node: Node, text: str, cast: tuple[str, ...]) -> None:
        for name, field in _MENTION.findall(text):
            if name not in cast:
                self.mentioned(node, name, cast)
            elif field not in FIELDS:
                hint, facts = suggestion(field, FIELDS)
                self.wrong(node, N_("nothing has a “{value}”"), hint, **{**facts, "value": field})


FIELDS = ("name", "address", "full_name", "domain", "mail", "sid", "label", "site", "zone", "ae_title", "country")
"""What texts may say of a member of the cast."""
