"""Audit messages of IHE ATNA, from their XML to flat fields.

Enters: an `AuditMessage` document: of DICOM PS3.15 (`csd-code`, `originalText`) or RFC 3881 (`code`, `displayName`).
Leaves: native fields; raises ValueError for what is no such document, or declares entities. Of patients only their
number and a 16-bit mark each are kept; names, queries, details and the ids of studies, reports and encounters are not.
Source: DICOM PS3.15 A.5, RFC 3881, IHE ITI TF-2 3.20.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from xml.etree import ElementTree

from tocsin.model import Native

MAX_PARTICIPANTS = 16
MAX_OBJECTS = 64
MAX_MARKS = 256
_MAX_TEXT = 300

_CODES = ("csd-code", "code")
_TEXTS = ("originalText", "displayName")
_ROLES = {"110153": "Source", "110152": "Destination"}
_PERSON = "1"
_PATIENT_IDS = frozenset({"1", "2", "4", "5"})
"""Kinds of ids that name a person: medical record, patient, insured, social security (RFC 3881, 5.5.5)."""
_KEPT_IDS = frozenset({"11", "110181", "110182"})
"""Kinds of ids that name no patient: user, SOP class, node."""
_PARTICIPANT = ("UserID", "AlternativeUserID", "UserName", "NetworkAccessPointID", "NetworkAccessPointTypeCode")

Element = ElementTree.Element


def parse(text: str) -> Native:
    """Read a message."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("an audit message declares no entities")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, UnicodeError) as error:
        raise ValueError(str(error)) from error
    if _name(root) != "AuditMessage":
        raise ValueError("no audit message")
    event = next(_children(root, "EventIdentification"), None)
    if event is None:
        raise ValueError("an audit message without its event")
    return {**_event(event), **_participants(root), **_source(root), **_objects(root)}


def mark(patient: str) -> str:
    """Give a patient's mark: one of 65,536, so that of a hospital's patients many share each.

    It counts patients; it cannot tell which of them it was, even to who knows all their numbers.
    """
    return blake2b(patient.strip().encode("utf-8", "surrogatepass"), digest_size=2, person=b"tocsin.atna").hexdigest()


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _name(child) == name)


def _attribute(element: Element, *names: str) -> str:
    found = next((value for name in names if (value := element.get(name))), "")
    return found.strip()[:_MAX_TEXT]


def _kept(fields: Native) -> Native:
    return {name: value for name, value in fields.items() if value not in ("", None, [])}


def _event(event: Element) -> Native:
    fields: Native = {name: _attribute(event, name) for name in ("EventActionCode", "EventDateTime")}
    fields["EventOutcomeIndicator"] = _attribute(event, "EventOutcomeIndicator")
    for name, label in (("EventID", "EventName"), ("EventTypeCode", "EventTypeName")):
        coded = next(iter(_children(event, name)), None)
        if coded is not None:
            fields |= {name: _attribute(coded, *_CODES), label: _attribute(coded, *_TEXTS)}
    return _kept(fields)


def _participants(root: Element) -> Native:
    """Give who took part: all of them, and again under their part (`Requestor.UserID`, `Source.…`, `Destination.…`)."""
    listed = [_participant(element) for element in _children(root, "ActiveParticipant")][:MAX_PARTICIPANTS]
    fields: Native = {"ActiveParticipants": listed} if listed else {}
    asking = [one for one in listed if one.get("UserIsRequestor")]
    parts = {"Requestor": asking[:1]}
    for code, part in _ROLES.items():
        parts[part] = [one for one in listed if one.get("RoleIDCode") == code][:1]
    for part, found in parts.items():
        fields |= {f"{part}.{name}": value for one in found for name, value in one.items() if isinstance(value, str)}
    return fields


def _participant(element: Element) -> Native:
    fields: Native = {name: _attribute(element, name) for name in _PARTICIPANT}
    role = next(iter(_children(element, "RoleIDCode")), None)
    if role is not None:
        fields |= {"RoleIDCode": _attribute(role, *_CODES), "RoleName": _attribute(role, *_TEXTS)}
    fields = _kept(fields)
    if _attribute(element, "UserIsRequestor").lower() in {"true", "1"}:
        fields["UserIsRequestor"] = True
    return fields


def _source(root: Element) -> Native:
    source = next(iter(_children(root, "AuditSourceIdentification")), None)
    if source is None:
        return {}
    fields: Native = {name: _attribute(source, name) for name in ("AuditSourceID", "AuditEnterpriseSiteID")}
    kind = next(iter(_children(source, "AuditSourceTypeCode")), None)
    if kind is not None:
        fields["AuditSourceTypeCode"] = _attribute(kind, *_CODES) or (kind.text or "").strip()[:_MAX_TEXT]
    return _kept(fields)


def _objects(root: Element) -> Native:
    """Give what was touched: how many patients and other things, and the ids of those that name no patient."""
    marks: dict[str, None] = {}
    patients = others = 0
    things: list[Native] = []
    for element in _children(root, "ParticipantObjectIdentification"):
        identity, kind = _attribute(element, "ParticipantObjectID"), _kind(element)
        if _is_patient(_attribute(element, "ParticipantObjectTypeCode"), kind):
            patients += 1
            if len(marks) < MAX_MARKS:
                marks[mark(identity)] = None
            continue
        others += 1
        if len(things) < MAX_OBJECTS:
            things.append(_thing(element, kind, identity))
    fields: Native = {"PatientCount": patients, "ObjectCount": others}
    return fields | _kept({"Patients": list(marks), "ParticipantObjects": things})


def _is_patient(type_code: str, kind: str) -> bool:
    """Say whether an object is a patient: a person who is no user, or anything named by a patient's number."""
    return kind in _PATIENT_IDS or (type_code == _PERSON and kind != "11")


def _kind(element: Element) -> str:
    coded = next(iter(_children(element, "ParticipantObjectIDTypeCode")), None)
    return _attribute(coded, *_CODES) if coded is not None else ""


def _thing(element: Element, kind: str, identity: str) -> Native:
    fields: Native = {
        "TypeCode": _attribute(element, "ParticipantObjectTypeCode"),
        "TypeCodeRole": _attribute(element, "ParticipantObjectTypeCodeRole"),
        "IDTypeCode": kind,
        "ID": identity if kind in _KEPT_IDS else "",
    }
    return _kept(fields)
