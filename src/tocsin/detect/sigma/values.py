"""Tests that need more of a text than its letters: addresses, numbers, parts of a time.

Enters: a test. Leaves: a function of the text. Pure; no text makes it raise.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tocsin.detect.sigma.rule import Test
from tocsin.model.times import parse_time

Check = Callable[[str], bool]

_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_of(test: Test) -> Check:
    """Give the function that says whether a text passes a `cidr` test, a comparison or a test with a unit."""
    if test.op == "cidr":
        return _cidr(test.value)
    limit = number_in(test.value)
    compare = _COMPARE[test.op]
    read = _part_reader(test.unit) if test.unit else number_in
    return lambda text: limit is not None and (number := read(text)) is not None and compare(number, limit)


def number_in(text: str) -> float | int | None:
    """Give the number that a text is, None when it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text or "e" in text or "E" in text else int(text)


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
    if len(text) > 64 or not (":" in text or text.count(".") == 3):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _part_reader(unit: str) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        time_us = parse_time(text)
        if time_us is None:
            return None
        try:
            moment = _EPOCH + timedelta(microseconds=time_us)
        except OverflowError:
            return None
        return moment.isocalendar().week if unit == "week" else int(getattr(moment, unit))

    return read
