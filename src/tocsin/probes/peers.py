"""Read what products write in the field of an address or an account: with port, brackets, domain, or a name after all.

Enters: one text such as `10.1.2.3:443`, `[2001:db8::1]:50005`, `ec2.amazonaws.com`, `CHU\\c.vasseur`. Leaves: the
columns of an endpoint or a user.
"""

from __future__ import annotations

import re

from tocsin.model import Columns
from tocsin.probes.fill import address, text_of

_IPV4 = re.compile(r"((?:\d{1,3}\.){3}\d{1,3})(?::(\d{1,5}))?")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.%\w]+)\](?::(\d{1,5}))?")
_IPV6 = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%\w+)?")
_NO_NAME = re.compile(r"[\s<>]")


def split(text: str) -> tuple[str, int | None] | None:
    """Give (address, port or None) of a text that is an address, else None."""
    match = _IPV4.fullmatch(text) or _BRACKETED.fullmatch(text)
    if match is not None:
        port = match.group(2)
        return address(match.group(1)), int(port) if port else None
    return (address(text), None) if _IPV6.fullmatch(text) else None


def endpoint(side: str, value: object) -> Columns:
    """Give the columns of an endpoint (`src_endpoint`, `dst_endpoint`, `device`) that one field describes.

    Of a list of addresses (`1.2.3.4, 10.0.0.1`, as proxies append them) the first counts. A text that is neither
    address nor host name gives nothing.
    """
    text = text_of(value)
    if text is None:
        return {}
    text = text.partition(",")[0].strip()
    found = split(text)
    if found is None:
        return {} if not text or _NO_NAME.search(text) else {f"{side}.hostname": text}
    columns: Columns = {f"{side}.ip": found[0]}
    if found[1] and side != "device":
        columns[f"{side}.port"] = found[1]
    return columns


def account(side: str, value: object) -> Columns:
    """Give the columns of a user (`user`, `actor.user`) that one field names, with its domain where it has one."""
    text = text_of(value)
    if text is None:
        return {}
    domain, _, name = text.rpartition("\\")
    found: Columns = {f"{side}.name": name or text}
    if domain.strip("\\"):
        found[f"{side}.domain"] = domain.strip("\\")
    return found
