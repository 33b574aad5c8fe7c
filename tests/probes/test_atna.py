"""IHE ATNA: both forms of its messages, what they may not bring in, and what is kept of patients."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probes.test_golden import GOLDEN, read_all
from tocsin import probes
from tocsin.model import Event, Origin
from tocsin.probes import DISPATCHER, atna
from tocsin.probes.atna_message import MAX_MARKS, MAX_PARTICIPANTS, mark, parse

CASE = GOLDEN / "atna" / "messages.in"
SECRETS = ("IPP0001", "IPP0002", "IPP0003", "CAMILLE", "ANDREA", "MORGAN", "1.2.826.0.1.3680043.9.9999.7", "UEFUSUV")
EVENT = '<EventIdentification EventOutcomeIndicator="0"><EventID csd-code="110112"/></EventIdentification>'


def message(*parts: str) -> str:
    return f"<AuditMessage>{EVENT}{''.join(parts)}</AuditMessage>"


def patient(identity: str, code: str = "csd-code") -> str:
    return (
        f'<ParticipantObjectIdentification ParticipantObjectID="{identity}" ParticipantObjectTypeCode="1">'
        f'<ParticipantObjectIDTypeCode {code}="2"/></ParticipantObjectIdentification>'
    )


def test_patients_are_counted_not_named() -> None:
    text = CASE.read_text("utf-8")
    assert all(secret in text for secret in SECRETS)
    for item in read_all(CASE):
        assert isinstance(item, Event)
        told = repr(item.native) + repr(probes.columns(item))
        assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize("code", ["csd-code", "code"])
def test_both_forms_count_alike(code: str) -> None:
    native = parse(message(patient("IPP1", code), patient("IPP2", code), patient("IPP1", code)))
    assert (native["PatientCount"], len(native["Patients"])) == (3, 2)


def test_a_mark_is_shared_by_many_patients() -> None:
    marks = {mark(f"IPP{number}") for number in range(200_000)}
    assert len(marks) <= 65_536
    assert mark(" IPP7 ") == mark("IPP7")


def test_what_a_message_holds_is_bounded() -> None:
    one = '<ActiveParticipant UserID="u" UserIsRequestor="false"/>'
    native = parse(message(one * 1000, *(patient(f"IPP{number}") for number in range(2000))))
    assert len(native["ActiveParticipants"]) == MAX_PARTICIPANTS
    assert (native["PatientCount"], len(native["Patients"])) == (2000, MAX_MARKS)


@pytest.mark.parametrize("text", ["<!DOCTYPE x []>" + message(), "<a/>", "<AuditMessage>", "<AuditMessage/>", ""])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_a_deep_document_is_read() -> None:
    assert parse(message("<x>" * 5000 + "</x>" * 5000))["EventID"] == "110112"


@given(st.text(max_size=200), st.sampled_from(["", "<14>1 - h a - IHE+DICOM - ", "<AuditMessage>"]))
def test_any_line_becomes_an_event(text: str, head: str) -> None:
    parsed = DISPATCHER.text(f"{head}<AuditMessage {text}")
    assert parsed.source
    atna.columns(Event("atna.audit", None, parsed.native, b"", Origin("x"), 0))


@given(st.dictionaries(st.sampled_from(["EventID", "Patients", "Source.AlternativeUserID", "EventName"]), st.text()))
def test_columns_of_any_fields(native: dict[str, str]) -> None:
    atna.columns(Event("atna.audit", None, native, b"", Origin("x"), 0))
