"""One spelling for each name."""

from __future__ import annotations

import pytest

from tocsin.model import names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SRV-AD1.chu-exemple.fr.", "srv-ad1"),
        ("SRV-AD1$", "srv-ad1"),
        ("\\\\POSTE-URG-01", "poste-urg-01"),
        ("10.20.1.5", "10.20.1.5"),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("-", ""),
    ],
)
def test_hosts(text: str, expected: str) -> None:
    assert names.host(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VALBOURG\\m.lefevre", "m.lefevre"),
        ("M.Lefevre@chu-exemple.fr", "m.lefevre"),
        ("NT AUTHORITY\\SYSTEM", ""),
        ("SRV-AD1$", ""),
        ("srv-ad1$@CHU-EXEMPLE.FR", ""),
        ("S-1-5-18", ""),
        ("ANONYMOUS LOGON", ""),
        ("DWM-1", ""),
    ],
)
def test_accounts(text: str, expected: str) -> None:
    assert names.account(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("::ffff:10.23.23.9", "10.23.23.9"), ("[2001:DB8::1]", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("x", "")],
)
def test_addresses(text: str, expected: str) -> None:
    assert names.address(text) == expected


@pytest.mark.parametrize("text", ["127.0.0.1", "0.0.0.0", "::1", "224.0.0.251", "255.255.255.255", "fe80::1", "x"])
def test_addresses_that_name_no_machine(text: str) -> None:
    assert not names.routable(text)


def test_domains() -> None:
    assert names.domain("Cdn.Example.COM.") == "cdn.example.com"
    assert names.domain("4.3.2.1.in-addr.arpa") == names.domain("poste") == names.domain("10.0.0.1") == ""
