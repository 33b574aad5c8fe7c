"""Rare calls of a cloud's interface."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, call, names, tell
from tocsin.detect.behaviour import cloud_rare_call


def usual(days: int = 20) -> list:
    """A deployment program and three administrators, who do the same all day."""
    rows = []
    for day in range(days):
        for hour in range(8, 18):
            start = day * DAY + hour * HOUR
            for n, action in enumerate(("DescribeInstances", "RunInstances", "CreateTags")):
                rows.append(call(start + n, "deploiement", action, "ec2", agent="terraform/1.9"))
            for n in range(3):
                rows.append(call(start + 10 + n, f"admin{n}", "DescribeInstances", "ec2"))
                rows.append(call(start + 20 + n, f"admin{n}", "StartInstances", "ec2"))
    return rows


def odd(start: float, actions: tuple[str, ...], principal: str = "deploiement", **more: str) -> list:
    return [call(start + n, principal, action, "iam", **more) for n, action in enumerate(actions)]


def test_new_actions_from_a_new_network_with_a_new_client_in_a_new_region() -> None:
    stolen = odd(
        21 * DAY, ("CreateUser", "AttachUserPolicy"), src="203.0.113.9", agent="aws-cli/2.1", region="ap-east-1"
    )
    (sign,) = tell(cloud_rare_call, [*usual(), *stolen])
    assert sign.decades >= 3.0
    assert "region ap-east-1" in sign.facts["others"]
    assert names(sign, "actor") == ["deploiement"]


def test_ten_different_actions_refused() -> None:
    tries = [call(n, "cle-volee", f"List{n}", "iam", ok=False) for n in range(12)]
    (sign,) = tell(cloud_rare_call, tries)
    assert sign.techniques == ("T1526", "T1580")
    assert sign.facts["number"] == "10"


QUIET = {
    "the same as always": usual(40),
    "the first hours": [*usual(1), *odd(2 * DAY, ("CreateUser", "DeleteUser"), src="203.0.113.9")],
    "one new thing to look at": [*usual(), *odd(21 * DAY, ("ListUsers",))],
    "a new version of the program": [
        *usual(),
        call(21 * DAY, "deploiement", "RunInstances", "ec2", agent="terraform/2.0"),
    ],
    "an administrator does what the deployment does": [
        *usual(),
        call(21 * DAY, "admin1", "CreateTags", "ec2"),
    ],
    "a broken program that is refused the same thing": [
        call(n / 10, "collecte", f"Get{n % 3}", "s3", ok=False) for n in range(500)
    ],
    "somebody new": [*usual(), *odd(21 * DAY, ("CreateUser", "PutUserPolicy", "CreateRole"), "nouveau")],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(cloud_rare_call, QUIET[name]) == []


def test_told_once_an_hour() -> None:
    many = odd(21 * DAY, tuple(f"Delete{n}" for n in range(40)), src="203.0.113.9")
    assert len(tell(cloud_rare_call, [*usual(), *many])) == 1
