"""Import a CSV file: hosts, devices, applications, services, zones, identities or flows.

Enters: bytes as spreadsheets write them: UTF-8 (with or without BOM), UTF-16 or Windows-1252; `;`, `,` or tab;
headings in French or English. Leaves: a document. What a file holds is told from its headings.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from tocsin.care.imports.cells import Cell, name_of
from tocsin.care.prefixes import network
from tocsin.care.problems import Place, Problem, WrongValue, suggestion
from tocsin.care.roles import role_of
from tocsin.care.schema import FLOW_KEYS, SECTIONS
from tocsin.care.words import word
from tocsin.care.writing import Body, Document, flow_name
from tocsin.i18n import N_

_COMMON = {
    "name": "nom name hostname host machine hote nom_machine equipement code identifiant id nom_court",
    "label": "libelle label description designation intitule nom_long",
    "class": "classe class criticite criticality",
    "kind": "type kind nature categorie",
    "needs": "besoins needs applications depend_de depends_on dependances applications_necessaires",
    "hosts": "serveurs hosts servers machines postes composants members membres",
    "contact": "contact contact_biomedical referent responsable biomedical_contact",
    "recovery_time": "rto recovery_time dima temps_de_reprise",
    "recovery_point": "prd rpo pdma recovery_point perte_de_donnees",
    "downtime": "dmia downtime mtd mtpd indisponibilite_maximale maximum_downtime",
    "autonomy": "autonomie autonomy mode_degrade_tient",
    "procedure": "procedure fiche procedure_degradee mode_degrade",
    "diversion": "diversion repli hopital_de_repli partenaire",
    "plan": "plan pcra pca",
    "tested": "teste tested dernier_test",
    "vendor": "editeur mainteneur prestataire vendor",
    "address": "adresse_ip ip adresse address ip_address adresses addresses adresses_ip ipv4",
    "zone": "zone segment",
    "role": "role fonction usage type_de_machine",
    "system": "systeme os system systeme_d_exploitation operating_system systeme_exploitation",
    "aliases": "alias aliases autres_noms",
    "mac": "mac adresse_mac mac_address",
    "may_isolate": "isolable may_isolate isolement peut_etre_isole",
    "maker": "fabricant constructeur marque maker manufacturer",
    "model": "modele model",
    "emdn": "emdn code_emdn",
    "ae_title": "ae aet ae_title titre_ae aetitle",
    "software": "logiciel software version",
    "accounts": "comptes accounts compte account login",
    "owner": "proprietaire owner",
    "addresses": "prefixe prefixes cidr reseau network prefix subnet sous_reseau",
    "within": "dans within contenue_dans",
    "vlan": "vlan vlan_id vid no_vlan numero_vlan",
    "protects": "protects protege couvre",
    "kept_on": "kept_on gardee_sur stockage depot",
    "every": "every frequence rythme toutes_les",
    "immutable": "immutable immuable",
    "offsite": "offsite hors_site externalisee",
    "proved": "proved prouvee derniere_restauration restauration_testee",
    "windows": "windows plages creneaux fenetres",
    "targets": "targets cibles acces machines_accessibles",
    "via": "via bastion passe_par",
    "from": "source de origine src from emetteur",
    "to": "destination vers dst to cible recepteur",
    "ports": "port ports service protocole_port dport",
    "purpose": "motif objet raison purpose commentaire comment finalite",
    "vital": "vital critique",
    "allow": "autorise allow permis action",
}
HEADINGS: Mapping[str, str] = {one: key for key, words in _COMMON.items() for one in words.split()}
_LISTS = re.compile(r"\s*[|\n]\s*|\s*,\s+|\s*,(?=\S)|\s+\+\s+")
_DENY = frozenset({"deny", "drop", "block", "refuse", "interdit", "bloque", "reject", "non", "no"})
_OURS = frozenset({"known", "by", "since", "of_which_must_work"})
"""Headings of our own export that say where a row comes from."""
KINDS = ("flows", "devices", "services", "applications", "zones", "identities", "backups", "vendors", "hosts")
_TELLING = {
    "flows": {"from", "to"},
    "devices": {"maker", "model", "emdn", "ae_title"},
    "services": {"downtime", "autonomy", "procedure", "diversion"},
    "applications": {"recovery_time", "needs"},
    "zones": {"addresses", "vlan"},
    "identities": {"accounts"},
    "backups": {"protects", "every", "proved"},
    "vendors": {"windows", "targets"},
    "hosts": {"address", "role", "system", "mac"},
}


def decode(raw: bytes) -> str:
    """Give the text of a file as spreadsheets write it."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def delimiter(first_line: str) -> str:
    """Give the separator that the heading uses most."""
    return max(";,\t", key=first_line.count)


def read_table(file: str, raw: bytes, kind: str = "") -> tuple[Document, list[Problem]]:
    """Give what a table says; rows without a name and headings that mean nothing are problems."""
    text = decode(raw)
    rows = _rows(text)
    heading = next(rows, None)
    if heading is None:
        return {}, [Problem(Place(file), N_("the file is empty"))]
    every = list(rows)
    keys = _keys(heading, every)
    kind = kind or kind_of(set(keys))
    if not kind or ("name" not in keys and kind != "flows"):
        hint = N_("Name its columns: nom, adresse, zone… or give --kind.")
        return {}, [Problem(Place(file, 1), N_("the headings do not say what the table holds"), {}, hint)]
    problems = list(_unknown_headings(file, kind, heading, keys))
    things: dict[str, Body] = {}
    for row in every:
        name, body = _thing(kind, keys, row)
        if name and name in things and kind != "flows":
            things[name] = _joined(things[name], body)
        elif name:
            things[name] = body
        elif any(row):
            problems.append(Problem(Place(file, row[0].line, 1), N_("this row has no name")))
    return {kind: things}, problems


def _keys(heading: list[Cell], rows: list[list[Cell]]) -> list[str]:
    """Give the key of each column; addresses that are networks are prefixes."""
    keys = [HEADINGS.get(word(cell), "") for cell in heading]
    if "address" in keys:
        column = keys.index("address")
        first = next((row[column] for row in rows if column < len(row) and row[column]), "")
        if "/" in first and all(_is_prefix(part) for part in split(Cell.at(first, 1, 1))):
            keys[column] = "addresses"
    return keys


def _is_prefix(text: str) -> bool:
    try:
        return network(text).num_addresses > 1
    except WrongValue:
        return False


def _rows(text: str) -> Iterator[list[Cell]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text.partition("\n")[0]))
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield [Cell.at(_plain(cell), line, number) for number, cell in enumerate(row, 1)]
            line = reader.line_num + 1
    except csv.Error:
        return


def _plain(cell: str) -> str:
    """Take away the quote that keeps a spreadsheet from taking a cell for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in set("=+-@") else text


def kind_of(keys: set[str]) -> str:
    """Give the kind of things whose telling headings are there."""
    if {"from", "to"} <= keys:
        return "flows"
    scores = {kind: len(telling & keys) for kind, telling in _TELLING.items() if kind != "flows"}
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] else ""


def allowed_keys(kind: str) -> set[str]:
    """Give the keys that things of a kind may have in a table."""
    keys = set(FLOW_KEYS if kind == "flows" else SECTIONS[kind].keys) | {"name"}
    return (keys - {"load", "components"}) | ({"hosts"} if kind in {"services", "applications"} else set())


def _unknown_headings(file: str, kind: str, heading: list[Cell], keys: list[str]) -> Iterator[Problem]:
    allowed = allowed_keys(kind)
    for cell, key in zip(heading, keys, strict=True):
        if cell and key not in allowed and word(cell) not in _OURS:
            hint, facts = suggestion(word(cell), [one for one in HEADINGS if HEADINGS[one] in allowed])
            message = N_("column “{heading}” is not read")
            yield Problem(Place(file, cell.line, cell.column), message, {"heading": str(cell), **facts}, hint, True)


def _thing(kind: str, keys: list[str], row: list[Cell]) -> tuple[str, Body]:
    cells = {key: cell for key, cell in zip(keys, row, strict=False) if cell and key in allowed_keys(kind)}
    body: Body = {}
    for key, cell in cells.items():
        if key == "hosts" and kind in {"services", "applications"}:
            body["components"] = {"machines": {"members": split(cell)}}
        elif key != "name":
            value = _value(kind, key, cell)
            body |= {key: value} if value else {}
    if kind == "flows":
        return (flow_name(body) if "from" in body and "to" in body else ""), body
    name = cells.get("name", Cell(""))
    return (Cell.at(name_of(name), name.line, name.column) if name else ""), body


def _value(kind: str, key: str, cell: Cell) -> object:
    spec = (FLOW_KEYS if kind == "flows" else SECTIONS[kind].keys)[key]
    if key == "role":
        return role_of(cell)
    if key == "allow":
        return "no" if word(cell) in _DENY else "yes"
    if spec.kind == "addresses":
        return [Cell.at(part.partition("/")[0], cell.line, cell.column) for part in split(cell)]
    if spec.kind == "needs" or spec.many:
        return split(cell)
    return Cell.at(cell.upper(), cell.line, cell.column) if key == "class" else cell


def split(cell: Cell) -> list[Cell]:
    """Give the values of a cell that holds several: separated by `|`, a comma, ` + ` or a new line."""
    return [Cell.at(part.strip(), cell.line, cell.column) for part in _LISTS.split(cell) if part.strip()]


def _joined(first: Body, second: Body) -> Body:
    """Put two rows of the same thing together: lists grow, other values stay."""
    body = {**second, **first}
    for key, value in second.items():
        known = first.get(key)
        if isinstance(known, list) and isinstance(value, list):
            body[key] = [*known, *(one for one in value if one not in known)]
        elif isinstance(known, dict) and isinstance(value, dict):
            body[key] = _joined(known, value)
    return body
