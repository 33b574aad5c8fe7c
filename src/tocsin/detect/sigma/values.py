"""Tests that need more of a text than its letters: addresses, numbers, parts of a time.

Enters: a test. Leaves: a function of the text. Pure; no text makes it raise.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from tocsin.detect.sigma.rule import Test

Check = Callable[[str], bool]

_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def check_of(test: Test) -> Check:
    """Give the function that says whether a text passes a `cidr` test, a comparison or a test with a unit."""
    if test.op == "cidr":
        return _cidr(test.value)
    limit = number_in(test.value)
    compare = _COMPARE[test.op]
    read = _part_reader(test.unit) if test.unit else number_in
    return lambda text: limit is not None and (number := read(text)) is not None and compare(number, limit)


def number_in(text: str) -> Decimal | None:
    """Give the number that a text is, None when it is none."""
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def _cidr(network_text: str) -> Check:
    network = ipaddress.ip_network(network_text)

    def check(text: str) -> bool:
        address = address_in(text)
        if address is None:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return address in network or (mapped is not None and mapped in network)

    return check


def address_in(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Give the IP address that a text is, None when it is none."""
    if len(text) > 256 or not (":" in text or text.count(".") == 3):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _part_reader(unit: str) -> Callable[[str], Decimal | None]:
    """Give the function that reads a part of an ISO 8601 time, in the zone in which it is written."""

    def read(text: str) -> Decimal | None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return Decimal(moment.isocalendar().week if unit == "week" else int(getattr(moment, unit)))

    return read
