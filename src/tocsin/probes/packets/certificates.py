"""The few facts of an X.509 certificate that detection needs, read from its DER bytes.

Enters: bytes. Leaves: a record with Zeek's x509 field names, or None for what is no certificate. Never raises.
Source: RFC 5280 (structure), X.690 (encoding), RFC 4514 (names as text).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from tocsin.model.times import parse_time

_NAMES = {
    "550403": "CN",
    "550406": "C",
    "550407": "L",
    "550408": "ST",
    "55040a": "O",
    "55040b": "OU",
    "550405": "serialNumber",
    "2a864886f70d010901": "emailAddress",
    "0992268993f22c640119": "DC",
}
_ALGORITHMS = {
    "2a864886f70d010105": "sha1WithRSAEncryption",
    "2a864886f70d01010b": "sha256WithRSAEncryption",
    "2a864886f70d01010c": "sha384WithRSAEncryption",
    "2a864886f70d010104": "md5WithRSAEncryption",
    "2a8648ce3d040302": "ecdsa-with-SHA256",
    "2a8648ce3d040303": "ecdsa-with-SHA384",
    "2b6570": "ED25519",
}
_SUBJECT_ALT_NAME = "551d11"
_UTC_TIME = 0x17


class _Item(NamedTuple):
    tag: int
    value: bytes


def certificate(der: bytes) -> dict[str, Any] | None:
    """Read a certificate: version, serial, subject, issuer, validity, signature, DNS names, SHA-256 fingerprint."""
    try:
        outer = _items(_items(der)[0].value)
        parts = _items(outer[0].value)
        version = _items(parts.pop(0).value)[0].value[-1] + 1 if parts[0].tag == 0xA0 else 1
        serial, _, issuer, validity, subject = (part.value for part in parts[:5])
        begins, ends = (_time(item) for item in _items(validity)[:2])
        signature = _items(outer[1].value)[0].value.hex()
    except (IndexError, ValueError):
        return None
    record: dict[str, Any] = {
        "fingerprint": sha256(der).hexdigest(),
        "certificate.version": version,
        "certificate.serial": serial.hex().upper(),
        "certificate.subject": _name(subject),
        "certificate.issuer": _name(issuer),
        "certificate.sig_alg": _ALGORITHMS.get(signature, signature),
    }
    if begins is not None:
        record["certificate.not_valid_before"] = begins / 1e6
    if ends is not None:
        record["certificate.not_valid_after"] = ends / 1e6
    if names := _dns_names(parts[6:]):
        record["san.dns"] = names
    return record


def _items(data: bytes) -> list[_Item]:
    """Split DER bytes into tag and value; raises IndexError or ValueError where they are torn."""
    items = []
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            if not 0 < count <= 4:
                raise ValueError("length of a length")
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise ValueError("torn")
        items.append(_Item(tag, data[at : at + size]))
        at += size
    return items


def _name(value: bytes) -> str:
    """Write a name as RFC 4514 does: last part first, separated by commas."""
    parts = []
    for group in _items_or_none(value):
        for pair in _items_or_none(group.value):
            halves = _items_or_none(pair.value)
            if len(halves) == 2:
                kind = halves[0].value.hex()
                parts.append(f"{_NAMES.get(kind, kind)}={_text(halves[1])}")
    return ",".join(reversed(parts))


def _text(item: _Item) -> str:
    text = item.value.decode("utf-16-be" if item.tag == 0x1E else "utf-8", "replace")
    return text.replace("\\", "\\\\").replace(",", "\\,")


def _time(item: _Item) -> int | None:
    digits = item.value.decode("ascii", "replace").rstrip("Z")
    if item.tag == _UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    stamp = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:10]}:{digits[10:12]}:{digits[12:14] or '00'}"
    return parse_time(stamp)


def _dns_names(parts: list[_Item]) -> list[str]:
    """Give the DNS names among the extensions (context tag 3, behind an extension's id)."""
    extensions = next((part.value for part in parts if part.tag == 0xA3), b"")
    for holder in _items_or_none(extensions):
        for extension in _items_or_none(holder.value):
            fields = _items_or_none(extension.value)
            if len(fields) >= 2 and fields[0].value.hex() == _SUBJECT_ALT_NAME:
                names = [name for inner in _items_or_none(fields[-1].value) for name in _items_or_none(inner.value)]
                return [name.value.decode("ascii", "replace") for name in names if name.tag == 0x82]
    return []


def _items_or_none(data: bytes) -> list[_Item]:
    try:
        return _items(data)
    except (IndexError, ValueError):
        return []
