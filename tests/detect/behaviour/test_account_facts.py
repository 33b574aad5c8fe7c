"""What the rows of accounts, tickets, directories and clouds hold, read from events of products."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin import probes
from tocsin.detect.behaviour.facts import Bound, Call, Change, Fact, Logon, Ticket, facts_of
from tocsin.model import Event, Origin


def read(source: str, native: dict[str, Any]) -> list[Fact]:
    event = Event(source, 1_772_409_600_000_000, native, b"", Origin("t"), 0)
    return list(facts_of(event, probes.columns))


def security(number: int, **native: str) -> list[Fact]:
    return read("windows.security", {"EventID": number, "Computer": "SRV-DC1.chu.example", **native})


def test_a_machines_own_logon_says_its_address() -> None:
    (row,) = security(4624, TargetUserName="POSTE-12$", IpAddress="::ffff:10.1.2.3", LogonType="3")
    assert isinstance(row, Bound)
    assert (row.host, row.address) == ("poste-12", "10.1.2.3")


@pytest.mark.parametrize("number", [4768, 4769])
def test_a_machines_own_ticket_says_its_address(number: int) -> None:
    (row,) = security(number, TargetUserName="POSTE-12$@CHU.EXAMPLE", IpAddress="10.1.2.3", Status="0x0")
    assert isinstance(row, Bound)


def test_a_failed_machine_logon_says_nothing() -> None:
    assert security(4625, TargetUserName="POSTE-12$", IpAddress="10.1.2.3", LogonType="3") == []


def test_a_ticket_keeps_why_it_failed_and_how_it_was_asked() -> None:
    (row,) = security(4771, TargetUserName="m.durand", IpAddress="10.1.2.3", Status="0x18", PreAuthType="2")
    assert isinstance(row, Ticket)
    assert (row.success, row.reason, row.preauth, row.kind) == (False, "0x18", "2", "AS")


@pytest.mark.parametrize(
    ("number", "native", "what"),
    [
        (4662, {"Properties": "%%7688 {1131f6ad}"}, "%%7688 {1131f6ad}"),
        (5136, {"AttributeLDAPDisplayName": "member", "AttributeValue": "CN=x"}, "member=CN=x"),
        (4742, {"ServicePrincipalNames": "\r\n\t\tHOST/a\r\n\t\tGC/a"}, "servicePrincipalName=HOST/a GC/a"),
        (5137, {"ObjectClass": "nTDSDSA"}, "objectClass=nTDSDSA"),
        (4742, {"ServicePrincipalNames": "-"}, ""),
    ],
)
def test_what_a_change_was(number: int, native: dict[str, str], what: str) -> None:
    (row,) = security(number, SubjectUserName="M.Durand", ObjectName="o", **native)
    assert isinstance(row, Change)
    assert (row.actor, row.what) == ("m.durand", what)


SIGN_IN: dict[str, Any] = {
    "category": "SignInLogs",
    "operationName": "Sign-in activity",
    "callerIpAddress": "203.0.113.9",
    "properties": {
        "userPrincipalName": "c.vasseur@chu.example",
        "appDisplayName": "Office",
        "status": {"errorCode": 0},
        "location": {"countryOrRegion": "FR", "geoCoordinates": {"latitude": 48.86, "longitude": 2.35}},
    },
}


def entra(**status: Any) -> Logon:
    (row,) = read("azure.signin", {**SIGN_IN, "properties": {**SIGN_IN["properties"], "status": status}})
    assert isinstance(row, Logon)
    return row


def test_a_sign_in_says_where_from() -> None:
    row = entra(errorCode=0)
    assert (row.account, row.src, row.place, row.kind) == ("c.vasseur", "203.0.113.9", "FR@48.86,2.35", "cloud")
    assert row.success


def test_a_second_factor_not_given() -> None:
    row = entra(errorCode=500121, failureReason="Failed", additionalDetails="MFA denied; user declined the request")
    assert (row.kind, row.success, row.reason) == ("mfa", False, "MFA denied; user declined the request")


def test_a_wrong_password_is_no_second_factor() -> None:
    row = entra(errorCode=50126, failureReason="Invalid username or password")
    assert (row.kind, row.success, row.reason) == ("cloud", False, "Invalid username or password")


@pytest.mark.parametrize(
    ("kind", "result", "success"),
    [
        ("user.authentication.auth_via_mfa", "SUCCESS", True),
        ("user.authentication.auth_via_mfa", "FAILURE", False),
        ("user.mfa.okta_verify.deny_push", "SUCCESS", False),
    ],
)
def test_second_factors_of_okta(kind: str, result: str, success: bool) -> None:
    native = {
        "eventType": kind,
        "actor": {"alternateId": "c.vasseur@chu.example", "type": "User"},
        "client": {"ipAddress": "203.0.113.9", "geographicalContext": {"country": "France"}},
        "outcome": {"result": result},
    }
    (row,) = read("okta.system", native)
    assert isinstance(row, Logon)
    assert (row.kind, row.success, row.place) == ("mfa", success, "France")


def test_a_mailbox_rule_says_where_to() -> None:
    native = {
        "Operation": "New-InboxRule",
        "Workload": "Exchange",
        "UserId": "c.vasseur@chu.example",
        "ResultStatus": "True",
        "Parameters": [{"Name": "Name", "Value": "."}, {"Name": "ForwardTo", "Value": "x@exemple.org"}, None, "x"],
    }
    (row,) = read("m365.audit", native)
    assert isinstance(row, Call)
    assert (row.action, row.what) == ("New-InboxRule", "ForwardTo=x@exemple.org")


@pytest.mark.parametrize("parameters", [None, "x", {}, [[]], [{"Name": None}], [{"Value": "x"}]])
def test_odd_parameters(parameters: Any) -> None:
    (row,) = read("m365.audit", {"Operation": "Set-Mailbox", "UserId": "a@b.fr", "Parameters": parameters})
    assert isinstance(row, Call)
    assert row.what == ""
