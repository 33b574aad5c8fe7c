"""Sequences of calls that give lasting power."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, call, names, tell
from tocsin.detect.behaviour import cloud_sequence

WHO = "m.durand"


def told(*rows: object) -> list[tuple[float, str]]:
    return [(sign.decades, sign.techniques[0]) for sign in tell(cloud_sequence, rows)]


def usual(number: int = 150) -> list:
    return [call(n, "deploiement", "DescribeInstances", "ec2") for n in range(number)]


def test_key_rights_and_a_region_never_used() -> None:
    rows = [
        *usual(),
        call(200, WHO, "CreateAccessKey"),
        call(210, WHO, "AttachUserPolicy"),
        call(230, WHO, "RunInstances", "ec2", region="ap-east-1"),
    ]
    signs = tell(cloud_sequence, rows)
    assert [sign.decades for sign in signs] == [2.0, 4.0]
    assert signs[1].facts["actions"] == "CreateAccessKey, AttachUserPolicy, RunInstances"
    assert names(signs[1], "actor") == [WHO]


@pytest.mark.parametrize(
    ("actions", "decades", "technique"),
    [
        (("StopLogging", "CreateAccessKey"), 4.0, "T1562.008"),
        (("AttachRolePolicy", "DeleteTrail"), 3.0, "T1562.008"),
        (("DeleteFlowLogs", "BatchGetSecretValue"), 3.0, "T1562.008"),
        (("DeactivateMFADevice", "CreateLoginProfile"), 3.0, "T1098"),
        (("Delete conditional access policy", "Add member to role"), 3.0, "T1098"),
        (
            ("Add service principal credentials", "Add app role assignment to service principal"),
            2.0,
            "T1098",
        ),
        (("google.iam.admin.v1.CreateServiceAccountKey", "SetIamPolicy"), 2.0, "T1098"),
    ],
)
def test_pairs(actions: tuple[str, str], decades: float, technique: str) -> None:
    first, second = actions
    assert told(call(1, WHO, first), call(30, WHO, second)) == [(decades, technique)]


def test_consent_and_forwarded_mail() -> None:
    rows = (
        call(1, "c.vasseur@chu.example", "Consent to application.", resource="app-1"),
        call(5, "c.vasseur@chu.example", "New-InboxRule", what="ForwardTo=x@exemple.org"),
    )
    assert told(*rows) == [(1.0, "T1528"), (4.0, "T1528")]


def test_mail_sent_outside() -> None:
    (sign,) = tell(
        cloud_sequence,
        [call(1, "c.vasseur@chu.example", "Set-Mailbox", what="ForwardingSmtpAddress=smtp:x@exemple.org")],
    )
    assert sign.techniques == ("T1114.003",)
    assert "exemple.org" in sign.message.format(**sign.facts)


QUIET = {
    "one step": [call(1, WHO, "CreateAccessKey")],
    "more than an hour between": [call(1, WHO, "CreateAccessKey"), call(90, WHO, "AttachUserPolicy")],
    "two people": [call(1, WHO, "CreateAccessKey"), call(2, "autre", "AttachUserPolicy")],
    "refused": [call(1, WHO, "StopLogging", ok=False), call(2, WHO, "CreateAccessKey")],
    "a rule that sorts mail": [call(1, "c@chu.example", "New-InboxRule")],
    "mail forwarded to a colleague": [call(1, "c@chu.example", "New-InboxRule", what="ForwardTo=d@chu.example")],
    "reading": [call(n, WHO, "ListUsers") for n in range(50)],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(cloud_sequence, QUIET[name]) == []


def test_an_application_that_others_let_in_is_no_news() -> None:
    rows = [call(n * 10, f"agent{n}@chu.example", "Consent to application", resource="app-1") for n in range(5)]
    assert len(tell(cloud_sequence, rows)) == 1


def test_a_deployment_program_is_learned() -> None:
    rows = [
        call(day * DAY + 600 + n, "deploiement", action)
        for day in range(10)
        for n, action in enumerate(("CreateUser", "CreateAccessKey", "AttachUserPolicy"))
    ]
    assert len(tell(cloud_sequence, rows)) == 2


def test_a_learned_program_still_rings_when_logs_are_stopped() -> None:
    rows = [
        call(day * DAY + 600 + n, "deploiement", action)
        for day in range(10)
        for n, action in enumerate(("CreateAccessKey", "AttachUserPolicy"))
    ]
    rows += [call(11 * DAY, "deploiement", "StopLogging"), call(11 * DAY + 2, "deploiement", "CreateAccessKey")]
    assert tell(cloud_sequence, rows)[-1].decades == 4.0


def test_time_that_goes_backwards() -> None:
    assert told(call(2 * HOUR, WHO, "CreateAccessKey"), call(2 * HOUR - 5, WHO, "StopLogging")) == [(4.0, "T1562.008")]
