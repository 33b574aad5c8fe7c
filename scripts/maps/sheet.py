"""Write the files of a made-up hospital: zones get prefixes, machines get addresses, everything gets a line.

Enters: zones, machines, applications, services, flows, one by one. Leaves: the text of the YAML files by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from tocsin.care.writing import inline, scalar

Body = dict[str, object]
FIRST, LAST = 11, 250
"""Numbers of machines in a /24; below are the routers, above what moves."""


class Hospital:
    """One hospital in the making. `octet` is the second number of its addresses: 10.octet.0.0/13 at most."""

    def __init__(self, name: str, octet: int, site: Body) -> None:
        self.name = name
        self._octet = octet
        self._next = 0
        self._free: dict[str, tuple[int, int]] = {}
        self._ends: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self.count = 0
        self.sections: dict[str, dict[str, dict[str, Body]]] = {}
        self.flows: list[Body | str] = []
        self.anchors: dict[str, list[str]] = {}
        self.site = {"name": name, **site}

    def put(self, file: str, section: str, name: str, body: Body) -> None:
        """Add one thing to a section of a file."""
        self.sections.setdefault(file, {}).setdefault(section, {})[name] = body

    def zone(self, name: str, label: str, life: str, kind: str, machines: int, vlan: int = 0) -> str:
        """Add a zone wide enough for its machines, twice over; give its name."""
        blocks = 1
        while blocks * (LAST - FIRST) < machines * 1.3:
            blocks *= 2
        start = math.ceil(self._next / blocks) * blocks
        self._next = start + blocks
        self._free[name] = (start, FIRST)
        self._ends[name] = start + blocks
        prefix = f"10.{self._octet + start // 256}.{start % 256}.0/{24 - int(math.log2(blocks))}"
        body: Body = {"label": label, "class": life, "kind": kind, "addresses": [prefix]}
        self.put("zones", "zones", name, {**body, "vlan": vlan or 100 + len(self._free)})
        return name

    def machines(
        self, zone: str, stem: str, count: int, label: str, role: str, file: str = "postes", **keys: object
    ) -> list[str]:
        """Add machines alike; give them as series (one a /24)."""
        series = []
        digits = 3 if count > 99 or self._numbers.get(stem, 0) else 2
        while count > 0:
            block, number = self._free[zone]
            taken = min(count, LAST - number + 1)
            if taken <= 0:
                self._free[zone] = (block + 1, FIRST)
                if block + 1 >= self._ends[zone]:
                    raise ValueError(f"zone {zone} is full")
                continue
            series.append(self._line(zone, stem, taken, digits, {"label": label, "role": role, **keys}, file))
            count -= taken
        return series

    def _line(self, zone: str, stem: str, taken: int, digits: int, body: Body, file: str) -> str:
        block, number = self._free[zone]
        first = self._numbers.get(stem, 0) + 1
        self._numbers[stem] = first + taken - 1
        self._free[zone] = (block, number + taken)
        self.count += taken
        address = f"10.{self._octet + block // 256}.{block % 256}.{number}"
        name = f"{stem}-{first:0{digits}d}"
        if taken > 1:
            name, address = f"{name}..{first + taken - 1:0{digits}d}", f"{address}..{number + taken - 1}"
        section = "devices" if file == "biomedical" else "hosts"
        self.put(file, section, name, {"label": body.pop("label"), "address": address, **body})
        return name

    def flow(
        self,
        sources: list[str] | str,
        targets: list[str],
        ports: str,
        purpose: str,
        vital: bool = False,
        allow: bool = True,
    ) -> None:
        """Allow (or forbid) a flow; `sources` may be the name of a list given to `anchor`."""
        body: Body = {"from": sources, "to": targets}
        if ports:
            body["ports"] = ports.split()
        body["purpose"] = purpose
        if vital:
            body["vital"] = "yes"
        if not allow:
            body["allow"] = "no"
        self.flows.append(body)

    def remark(self, text: str) -> None:
        """Write a heading between flows."""
        self.flows.append(text)

    def anchor(self, name: str, zones: list[str]) -> str:
        """Name a list of zones, to write it once; give its name."""
        self.anchors[name] = zones
        return f"*{name}"

    def files(self, heads: Mapping[str, str]) -> dict[str, str]:
        """Give the text of every file."""
        told = "# " + heads["site"] + "\n" if heads.get("site") else ""
        texts = {
            "site.yaml": told + "site:\n" + "".join(f"  {key}: {_quoted(value)}\n" for key, value in self.site.items())
        }
        for file, sections in self.sections.items():
            parts = [f"# {line}\n" for line in heads.get(file, "").splitlines()]
            for rank, (section, things) in enumerate(sections.items()):
                parts += ["\n" if rank else "", f"{section}:\n", *(_thing(name, body) for name, body in things.items())]
            texts[f"{file}.yaml"] = "".join(parts)
        texts["flux.yaml"] = f"# {heads['flux']}\n" + "flows:\n" + "".join(self._flows())
        return texts

    def _flows(self) -> Iterator[str]:
        told: set[str] = set()
        for flow, following in zip(self.flows, [*self.flows[1:], ""], strict=True):
            if isinstance(flow, str):
                yield f"  # {flow}\n" if isinstance(following, dict) else ""
                continue
            source = flow["from"]
            named = isinstance(source, str) and source.startswith("*")
            parts = inline({key: value for key, value in flow.items() if key != "from"})[1:]
            if named and source not in told:
                told.add(str(source))
                names = ", ".join(map(scalar, self.anchors[str(source)[1:]]))
                yield f"  - {{from: &{str(source)[1:]} [{names}], {parts}\n"
            elif named:
                yield f"  - {{from: {source}, {parts}\n"
            else:
                yield f"  - {inline(flow)}\n"


def _quoted(value: object) -> str:
    text = inline(value)
    return f'"{text}"' if text.isdigit() and text.startswith("99") else text


def _thing(name: str, body: Body) -> str:
    """Write one thing on one line, or a key a line where it has needs or is long."""
    whole = inline(body)
    nested = any(isinstance(body.get(key), dict) for key in ("needs", "components", "load"))
    if not nested and len(whole) + len(name) < 400:
        return f"  {scalar(name)}: {whole}\n"
    return f"  {scalar(name)}:\n" + "".join(_key(key, value) for key, value in body.items())


def _key(key: str, value: object) -> str:
    if key in {"needs", "components"} and isinstance(value, Mapping):
        return f"    {key}:\n" + "".join(f"      {scalar(str(one))}: {inline(part)}\n" for one, part in value.items())
    if key == "load" and isinstance(value, Mapping):
        return f"    {key}:\n" + "".join(f"      {one}: {inline(part)}\n" for one, part in value.items())
    return f"    {key}: {inline(value)}\n"


def share(count: int, part: float) -> int:
    """Give how many of some are needed: a part, at least one."""
    return max(1, math.ceil(count * part))


def sizes(series: Iterable[str]) -> int:
    """Count the machines of some series."""
    total = 0
    for one in series:
        first, dots, last = one.partition("..")
        total += int(last) - int(first.rpartition("-")[2]) + 1 if dots else 1
    return total
