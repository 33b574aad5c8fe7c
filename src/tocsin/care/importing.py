"""Bring the data of another cartography into a care map, beside what people wrote by hand.

Enters: a map's folder and files (CSV, JSON of Mercator or NetBox). Leaves: the text of `imported-<origin>.yaml` as it
would be, what changes in the map, and what was wrong. Nothing is ever deleted: a later import adds and renews, and
what is written by hand goes before all imports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from msgspec import Struct

from tocsin.care import files
from tocsin.care.diff import Change, compare
from tocsin.care.imports import cells, mercator, netbox, tables
from tocsin.care.model import CareMap
from tocsin.care.nodes import MappingNode, Node, SequenceNode, parse
from tocsin.care.problems import Problem
from tocsin.care.writing import Body, Document, flow_name, inline, write
from tocsin.errors import ConfigError, InputError
from tocsin.i18n import _

HEAD = "Written by tocsin care import; renewed by the next one. Write by hand in another file: it goes before this one."


class Imported(Struct, frozen=True):
    """An import that can be looked at before it is written."""

    origin: str
    texts: Mapping[Path, str]
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]


class Choice(Struct, frozen=True):
    """What the person chose: the day, the kind of a CSV's things, one site of NetBox, the hospital's name."""

    day: str
    kind: str = ""
    only: str = ""
    site: str = ""


def bring(folder: Path, sources: Sequence[Path], choice: Choice) -> Imported:
    """Work out an import, without writing.

    Raises:
        InputError: a source cannot be read or is of no kind that is known.
        ConfigError: the folder holds several hospitals, or the sources are of different origins.
    """
    _refuse_groups(folder)
    origin, document, problems = _gathered(sources, choice)
    file = folder / f"imported-{origin}.yaml"
    text = write(_renewed(_before(file), document, choice.day), {"by": origin, "known": "declared"}, HEAD)
    texts = {file: text, **_site_file(folder, choice.site)}
    before = files.load(folder).map if files.sites_of(folder) else CareMap()
    after = files.load(folder, texts)
    return Imported(origin, texts, compare(before, after.map), (*problems, *after.problems))


def save(imported: Imported) -> None:
    """Write what was worked out.

    Raises:
        ConfigError: a file cannot be written.
    """
    for file, text in imported.texts.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        except OSError as error:
            message = _("{path} cannot be written: {reason}").format(path=file, reason=error.strerror)
            raise ConfigError(message, _("Choose another folder.")) from error


def _refuse_groups(folder: Path) -> None:
    groups = files.sites_of(folder)
    if len(groups) > 1 or (groups and groups[0][0].parent != folder) or folder.is_file():
        hint = _("Give the folder of the hospital that the data belong to.")
        raise ConfigError(_("{path} is not the folder of one hospital").format(path=folder), hint)


def _site_file(folder: Path, site: str) -> dict[Path, str]:
    """Give a file that names the hospital, for a folder where none does."""
    if files.sites_of(folder) and files.load(folder).map.sites:
        return {}
    name = cells.name_of(site or folder.resolve().name).replace(" ", "-")
    return {folder / "site.yaml": f"site:\n  name: {inline(name)}\n"}


def _gathered(sources: Sequence[Path], choice: Choice) -> tuple[str, Document, list[Problem]]:
    """Give the origin of the sources, all that they say, and what was wrong in them."""
    read = {source: _bytes(source) for source in sources}
    answers = {source: _json(source, raw) for source, raw in read.items() if _looks_like_json(raw)}
    if not answers:
        return _csv(read, choice.kind)
    if len(answers) < len(read):
        raise ConfigError(_("CSV and JSON cannot be imported together"), _("Import them one after the other."))
    name = str(sources[0])
    if all(netbox.is_netbox(answer) for answer in answers.values()):
        return "netbox", *cells.checked(name, netbox.read_netbox(answers.values(), choice.only))
    if all(mercator.is_mercator(answer) for answer in answers.values()):
        return "mercator", *cells.checked(name, mercator.read_mercator(answers.values()))
    hint = _("Give the JSON of Mercator's or NetBox's API, or CSV files.")
    raise InputError(_("{path}: this JSON is of no known cartography").format(path=name), hint)


def _csv(read: Mapping[Path, bytes], kind: str) -> tuple[str, Document, list[Problem]]:
    whole: Document = {}
    problems: list[Problem] = []
    for source, raw in read.items():
        document, wrong = tables.read_table(str(source), raw, kind)
        kept, more = cells.checked(str(source), document)
        problems += [*wrong, *more]
        for section, things in kept.items():
            whole.setdefault(section, {}).update(things)
    return "csv", whole, problems


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}", _("Check the path.")) from error


def _looks_like_json(raw: bytes) -> bool:
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def _json(source: Path, raw: bytes) -> object:
    try:
        return orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        message = _("{path} is not valid JSON: {problem}").format(path=source, problem=error)
        raise InputError(message, _("Fetch it again from the API.")) from error


def _before(file: Path) -> Document:
    """Give what an earlier import wrote."""
    if not file.is_file():
        return {}
    root, _problems = parse(str(file), file.read_text("utf-8", "replace"))
    plain = _plain(root) if root is not None else {}
    found = {name: things for name, things in plain.items() if name != "origin"} if isinstance(plain, dict) else {}
    flows = found.get("flows", [])
    return {**found, "flows": {_flow_key(body): body for body in flows}} if flows else found


def _flow_key(body: Body) -> str:
    return flow_name({key: value for key, value in body.items() if key != "since"})


def _plain(node: Node) -> object:
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in node.value if isinstance(key.value, str)}
    if isinstance(node, SequenceNode):
        return [_plain(one) for one in node.value]
    return node.value


def _renewed(before: Document, new: Document, day: str) -> Document:
    """Put a new import over an earlier one: nothing goes, and each thing keeps the day on which it was first known."""
    whole: Document = {section: dict(things) for section, things in before.items()}
    for section, things in new.items():
        for name, body in things.items():
            old = _taken(whole, section, str(name))
            since = {"since": str(old.get("since", day))}
            whole.setdefault(section, {})[str(name)] = {**old, **body, **since}
    return whole


def _taken(whole: Document, section: str, name: str) -> Body:
    """Give what is known of a thing; a host that is now a device, or the reverse, moves."""
    old = dict(whole.get(section, {}).get(name, {}))
    other = {"hosts": "devices", "devices": "hosts"}.get(section, "")
    return old or whole.get(other, {}).pop(name, {})
