"""Facts of medical protocols: DICOM and HL7 of captures, and the audit trails of medical applications (IHE ATNA).

Storing images is not told one by one (a study has a thousand), nor what nobody watches of a command.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.detect.behaviour.facts.rows import Fact, Logon, Medical
from tocsin.detect.behaviour.facts.values import Reader, number, text
from tocsin.detect.findings import reference
from tocsin.model import Event, Native
from tocsin.model import names as spell

_TOLD = frozenset({"C-ECHO", "C-FIND", "C-MOVE", "C-GET"})
_SEEN = frozenset({"110103", "110104", "110106", "110109", "110110", "110111"})
"""Events of DICOM PS3.16 CID 400 by which data of patients were read, sent or exported."""
_AUDITED = {"110112": "query", "110114": "login", **dict.fromkeys(_SEEN, "retrieve")}
_LOGOUT = "110123"


def _ends(native: Native, forwards: bool) -> tuple[str, str, int]:
    """Give who asked, who was asked, and the port of the connection's responder."""
    one, other = text(native.get("id.orig_h")), text(native.get("id.resp_h"))
    return *((one, other) if forwards else (other, one)), number(native.get("id.resp_p"))


def _forwards(native: Native) -> bool:
    return text(native.get("is_orig")).lower() not in {"false", "f"}


def _association(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    yield Medical(
        time_us,
        "dicom",
        "associate",
        *_ends(native, True),
        text(native.get("calling_ae")),
        text(native.get("called_ae")),
        text(native.get("implementation_class_uid")),
        "",
        text(native.get("result")),
        0,
        reference(event),
    )


def _command(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    action, forwards = text(native.get("command")), _forwards(native)
    if action not in _TOLD:
        return
    titles = (text(native.get("calling_ae")), text(native.get("called_ae")))
    came = native.get("responses") if action == "C-FIND" else native.get("completed")
    yield Medical(
        time_us,
        "dicom",
        action,
        *_ends(native, forwards),
        *(titles if forwards else titles[::-1]),
        "",
        "",
        text(native.get("outcome")),
        number(came),
        reference(event),
    )


def _message(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    kind, trigger = text(native.get("message_type")), text(native.get("trigger_event"))
    yield Medical(
        time_us,
        "hl7",
        f"{kind}^{trigger}" if kind else "",
        *_ends(native, _forwards(native)),
        _application(native, "sending"),
        _application(native, "receiving"),
        "",
        "@".join(filter(None, (text(native.get("control_id")), text(native.get("message_time"))))),
        text(native.get("ack_code")).upper(),
        0,
        reference(event),
    )


def _application(native: Native, side: str) -> str:
    """Give application and facility as `LABO|CHU`; of names with an id of their own the name."""
    parts = (text(native.get(f"{side}_{name}")).partition("^") for name in ("application", "facility"))
    return "|".join(name or rest.partition("^")[0] for name, _, rest in parts).strip("|")


def _audit(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    code, failed = text(native.get("EventID")), text(native.get("EventOutcomeIndicator")) not in {"", "0"}
    person, place = _asking(native, "UserID"), _asking(native, "NetworkAccessPointID")
    action = _AUDITED.get(code, code)
    if action == "login":
        yield from _login(event, time_us, person, place, failed)
    yield Medical(
        time_us,
        "atna",
        action,
        place,
        text(native.get("Destination.NetworkAccessPointID")),
        0,
        spell.account(person),
        text(native.get("AuditSourceID")).lower(),
        "",
        "",
        "failure" if failed else "success",
        number(native.get("PatientCount")),
        reference(event),
    )


def _asking(native: Native, name: str) -> str:
    return text(native.get(f"Requestor.{name}")) or text(native.get(f"Source.{name}"))


def _login(event: Event, time_us: int, person: str, place: str, failed: bool) -> Iterator[Fact]:
    account = spell.account(person)
    if account and text(event.native.get("EventTypeCode")) != _LOGOUT:
        application = text(event.native.get("AuditSourceID")).lower()
        reason = text(event.native.get("EventOutcomeIndicator")) if failed else ""
        yield Logon(time_us, account, place, application, "network", "", not failed, reason, "", "", reference(event))


_MEDICAL = frozenset({"Medical"})
READERS: dict[str, tuple[Reader, frozenset[str]]] = {
    "zeek.dicom": (_association, _MEDICAL),
    "zeek.dicom_command": (_command, _MEDICAL),
    "zeek.hl7": (_message, _MEDICAL),
    "atna.audit": (_audit, frozenset({"Medical", "Logon"})),
}
"""Source -> its reader and the kinds of facts that it may give."""
