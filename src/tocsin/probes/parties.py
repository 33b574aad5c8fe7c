"""Write the accounts and end points of text records into their columns.

Enters: an account as products write it (`DOMAIN\\user`, `user@domain`), or columns whose address may be a name.
Leaves: columns.
"""

from __future__ import annotations

from tocsin.model import Columns
from tocsin.probes import peers
from tocsin.probes.fill import text_of

_SIDES = ("src_endpoint", "dst_endpoint", "device")


def account(prefix: str, value: object) -> Columns:
    """Give `<prefix>.name` and `.domain`; of `user@domain` also `user.email_addr` where `prefix` is `user`.

    Doubled backslashes, as some products write them, count as one.
    """
    text = text_of(value)
    if text is None:
        return {}
    while "\\\\" in text:
        text = text.replace("\\\\", "\\")
    domain, cut, name = text.rpartition("\\")
    found: Columns = {}
    if not cut and text.count("@") == 1:
        name, _, domain = text.partition("@")
        if prefix == "user" and "." in domain:
            found["user.email_addr"] = text
    if not name:
        return {f"{prefix}.name": text}
    found[f"{prefix}.name"] = name
    if domain:
        found[f"{prefix}.domain"] = domain
    return found


def settle(columns: Columns) -> Columns:
    """Move what stands in an address column but is a name to the name's column; drop what is neither."""
    for side in _SIDES:
        value = columns.get(f"{side}.ip")
        if value is None:
            continue
        del columns[f"{side}.ip"]
        for name, part in peers.endpoint(side, value).items():
            columns.setdefault(name, part)
    return columns
