"""IHE ATNA: the audit trail of medical applications (imaging, records, document sharing).

Enters: audit messages in XML, one a line, behind a syslog header (RFC 5424, msgid `IHE+RFC-3881` or `IHE+DICOM`) or
bare. Leaves: events `atna.audit`: who did what, from where, on how many patients; native fields have the standard's
names (`EventID`, `Requestor.UserID`, `Source.…`, `Destination.…`). Which patients is not kept (see `atna_message.py`);
the line itself is, as received: an audit trail must remain what it was.
Source: IHE ITI TF-1 9, TF-2 3.20; DICOM PS3.15 A.5, PS3.16 CID 400 (events); RFC 3881.
"""

from __future__ import annotations

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.atna_message import parse
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import Table, fill, text_of

NAME = "atna"
LAYER: Layer = "identity"
SOURCES = ("atna",)

_HEAD_CHARS = 600
_BEFORE = "\ufeff \t"
_AUTHENTICATION = "110114"
_EVENTS = {
    **{"110100": "Application Activity", "110101": "Audit Log Used", "110102": "Begin Transferring DICOM Instances"},
    **{"110103": "DICOM Instances Accessed", "110104": "DICOM Instances Transferred", "110105": "DICOM Study Deleted"},
    **{"110106": "Export", "110107": "Import", "110108": "Network Entry", "110109": "Order Record"},
    **{"110110": "Patient Record", "110111": "Procedure Record", "110112": "Query", "110113": "Security Alert"},
    **{_AUTHENTICATION: "User Authentication"},
}
_SEVERITIES = {"0": "informational", "4": "low", "8": "medium", "12": "high"}
_TITLES = "AETITLES="

_COLUMNS: Table = {
    "status_detail": "EventOutcomeIndicator",
    "actor.user.name": ("Requestor.UserID", "Source.UserID"),
    "actor.user.uid": "Requestor.UserName",
    "device.hostname": ("hostname", "AuditSourceID"),
    "device.uid": "AuditSourceID",
    "api.operation": "EventName",
    "api.service": "EventTypeCode",
    "medical.message": ("EventTypeName", "EventTypeCode"),
    "medical.calling_facility": "AuditEnterpriseSiteID",
}


def claims_text(line: str, envelope: Envelope) -> bool:
    """Say whether a line is an audit message: by its first element, whatever the header says."""
    del envelope
    head = line[:_HEAD_CHARS].lstrip(_BEFORE)
    return head.startswith("<") and "AuditMessage" in head


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read one message; its own time counts, the header's where it has none."""
    native = parse(line.strip(_BEFORE))
    if "EventName" not in native and (name := _EVENTS.get(native.get("EventID", ""))):
        native["EventName"] = name
    for name, value in (
        ("hostname", envelope.host),
        ("appname", envelope.app),
        ("msgid", envelope.fields.get("msgid")),
    ):
        if value:
            native[name] = value
    return Parsed("atna.audit", parse_time(native.get("EventDateTime")), native)


def columns(event: Event) -> Columns:
    """Give who did what from where, whether it succeeded, and how many patients it touched."""
    native = event.native
    filled = fill(native, _COLUMNS)
    filled |= {"class_uid": 6003, "app_name": "atna", "metadata.product.name": "IHE ATNA"}
    _outcome(filled, native)
    if (name := _EVENTS.get(str(native.get("EventID")))) or "api.operation" in filled:
        filled["activity_name"] = name or filled["api.operation"]
    if native.get("EventID") == _AUTHENTICATION:
        filled["class_uid"] = 3002
        _logged_on(filled)
    _ends(filled, native)
    if marks := native.get("Patients"):
        filled["medical.patients"] = [str(one) for one in marks]
    return filled


def _outcome(filled: Columns, native: Native) -> None:
    code = text_of(native.get("EventOutcomeIndicator"))
    if code is not None:
        filled["status"] = "Success" if code == "0" else "Failure"
        filled["severity"] = _SEVERITIES.get(code, "medium")


def _logged_on(filled: Columns) -> None:
    """Name the account of an authentication: it is who acted."""
    if "actor.user.name" in filled:
        filled["user.name"] = filled["actor.user.name"]


def _ends(filled: Columns, native: Native) -> None:
    """Fill both ends: who asked (or sent), and the destination."""
    asking = "Requestor" if "Requestor.NetworkAccessPointID" in native else "Source"
    filled |= peers.endpoint("src_endpoint", native.get(f"{asking}.NetworkAccessPointID"))
    filled |= peers.endpoint("dst_endpoint", native.get("Destination.NetworkAccessPointID"))
    calling = titles(native, "Source") or titles(native, "Requestor")
    for column, found in (("medical.calling", calling), ("medical.called", titles(native, "Destination"))):
        if found:
            filled[column] = found[0]


def titles(native: Native, part: str) -> list[str]:
    """Give the AE titles of a participant (`AETITLES=CT1;CT2` in its alternative id)."""
    text = native.get(f"{part}.AlternativeUserID")
    if not isinstance(text, str) or _TITLES not in text:
        return []
    return [name for part in text.partition(_TITLES)[2].split(";") if (name := part.strip())]
