"""Addresses and accounts as products write them."""

from __future__ import annotations

import pytest

from tocsin.probes import peers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.1.2.3", {"ip": "10.1.2.3"}),
        ("10.1.2.3:443", {"ip": "10.1.2.3", "port": 443}),
        ("[2001:DB8::1]:50005", {"ip": "2001:db8::1", "port": 50005}),
        ("[2001:db8::1]", {"ip": "2001:db8::1"}),
        ("::ffff:10.23.23.9", {"ip": "10.23.23.9"}),
        ("fe80::1%eth0", {"ip": "fe80::1"}),
        ("198.51.100.1, 10.0.0.1", {"ip": "198.51.100.1"}),
        ("ec2.amazonaws.com", {"hostname": "ec2.amazonaws.com"}),
        ("AWS Internal", {}),
        ("<null>", {}),
        ("-", {}),
        ("", {}),
        (None, {}),
        (["10.0.0.1"], {}),
    ],
)
def test_endpoint(text: object, found: dict[str, object]) -> None:
    assert peers.endpoint("src_endpoint", text) == {f"src_endpoint.{name}": value for name, value in found.items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CHU\\alice", {"name": "alice", "domain": "CHU"}),
        ("CHU\\\\alice", {"name": "alice", "domain": "CHU"}),
        ("alice@chu-exemple.fr", {"name": "alice@chu-exemple.fr"}),
        ("\\", {"name": "\\"}),
        (None, {}),
    ],
)
def test_account(text: object, found: dict[str, str]) -> None:
    assert peers.account("user", text) == {f"user.{name}": value for name, value in found.items()}
