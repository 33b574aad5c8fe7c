"""Compare our columns with the expected ECS documents of formats/sekoia, field by field.

`python tests/probes/oracle.py Fortinet__fortigate [-v]` prints the share of fields that agree and, with -v, those
that do not. `test_oracle.py` asserts the shares.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tocsin import probes
from tocsin.model import Event, Origin
from tocsin.model.times import parse_time
from tocsin.probes.formats import BY_NAME, recognise

CHECKED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "source": (
        ("source.ip", "source.address"),
        ("src_endpoint.ip", "src_endpoint.hostname", "device.ip", "device.hostname"),
    ),
    "destination": (("destination.ip", "destination.address"), ("dst_endpoint.ip", "dst_endpoint.hostname")),
    "user": (
        ("user.name", "user.email"),
        ("actor.user.name", "user.name", "user.email_addr", "actor.user.uid", "user.uid"),
    ),
    "host": (("host.name", "host.hostname"), ("device.hostname", "src_endpoint.hostname", "device.uid")),
    "action": (("event.action",), ("activity_name", "rule.action", "api.operation", "finding.title")),
}
"""What is compared: our columns agree when one of them equals one of the expected values (letter case aside)."""


def samples(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give (name, raw text, expected document) of one product's file."""
    for line in path.read_bytes().splitlines():
        record = orjson.loads(line)
        yield record["name"], record["input"]["message"], record["expected"]


def events_of(raw: str) -> list[Event]:
    data = raw.encode()
    block_items = recognise(data).cut([data], Origin.of("sample", data), "")
    items = [item for block in block_items for item in BY_NAME[block.format].read(block)]
    return [item for item in items if isinstance(item, Event)]


def look_up(document: dict[str, Any], path: str) -> str | None:
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    value = value[0] if isinstance(value, list) and value else value
    return str(value).lower() if value not in (None, "", [], {}) else None


def compare(raw: str, expected: dict[str, Any]) -> Iterator[tuple[str, bool, object, object]]:
    """Give (field, agrees, expected, ours) for every checked field that the expected document has."""
    events = events_of(raw)
    columns = [probes.columns(event) for event in events]
    for field, (paths, names) in CHECKED.items():
        wanted = {value for path in paths if (value := look_up(expected, path))}
        ours = {str(columns_[name]).lower() for columns_ in columns for name in names if name in columns_}
        if wanted:
            yield (
                field,
                bool({_plain(field, one) for one in wanted} & {_plain(field, one) for one in ours}),
                wanted,
                ours,
            )
    wanted_us = parse_time(expected.get("@timestamp"))
    if wanted_us is not None:
        times = {event.time_us for event in events}
        yield (
            "time",
            any(t is not None and abs(t - wanted_us) < 1_000_000 for t in times),
            expected["@timestamp"],
            times,
        )


def _plain(field: str, value: str) -> str:
    """A host may be named with or without its domain, a machine account with or without its `$`."""
    if field == "host" and not value.replace(".", "").isdigit():
        return value.partition(".")[0]
    return value.removesuffix("$") if field == "user" else value


def score(path: Path, verbose: bool = False) -> tuple[Counter[str], Counter[str]]:
    """Count, by field, what agrees and what was compared."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, raw, expected in samples(path):
        for field, agrees, wanted, ours in compare(raw, expected):
            total[field] += 1
            right[field] += agrees
            if verbose and not agrees:
                print(f"{name}: {field}: wanted {wanted}, got {ours}\n    {raw[:300]}")
    return right, total


if __name__ == "__main__":
    folder = Path(__file__).parents[2] / ".data" / "formats" / "sekoia"
    names = [name for name in sys.argv[1:] if name != "-v"] or sorted(path.stem for path in folder.iterdir())
    for product in names:
        right, total = score(folder / f"{product}.jsonl", "-v" in sys.argv)
        fields = "  ".join(f"{field} {right[field]}/{total[field]}" for field in total)
        share = sum(right.values()) / max(1, sum(total.values()))
        print(f"{share:6.1%}  {product:45} {fields}")
