"""What became of a connection: answered, tried in vain, or unknown; whatever product tells it.

Enters: protocol, state and bytes of a flow. Leaves: one of `ANSWERED`, `FAILED`, `UNKNOWN`.
Source: Zeek's `conn_state`; Argus's states (`S_RA`, `REQ`, `INT`, `ECO`); flags of nfdump (`......S.`), NetFlow and
IPFIX (`2`, `0x02`).
"""

from __future__ import annotations

import re
from functools import lru_cache

ANSWERED, FAILED, UNKNOWN = 1, -1, 0

_BY_BYTES, _BY_SIZE, _ECHO = 2, 3, 4
"""Told by whether anything was said; by how little was sent; by whether a ping came back."""

_IN_VAIN = frozenset({"S0", "REJ", "RSTOS0", "RSTRH", "SH", "REQ", "INT", "URP", "URH", "URN", "ECO", "TIM"})
_SPOKEN = frozenset({"SF", "S1", "S2", "S3", "RSTO", "RSTR", "CON", "EST", "FIN", "RST", "CLO", "ECR"})
_MIDST = frozenset({"OTH", "SHR", "UNK"})
"""Begun before the probe looked, or seen from one side: who asked whom is not sure."""
_ARGUS = re.compile(r"[FSRPAEC]*_[FSRPAEC]*")
_NFDUMP = re.compile(r"[.CEUAPRSF]{6,9}")
_NUMBER = re.compile(r"0X[0-9A-F]{1,4}|\d{1,5}")
_FIN, _SYN, _RST, _PSH, _ACK = 1, 2, 4, 8, 16

KNOCK_BYTES = 180
"""Three SYN packets that nobody answers, with their headers: more is content."""
ANSWER_BYTES = 60
"""A RST with its headers."""
EPHEMERAL = 32_768
"""Ports from here on are mostly the asking side's: in one-way records they are answers, not attempts."""


def outcome(proto: str, state: str, port: int, sent: int, got: int) -> int:
    """Give what became of a flow. `sent` and `got` are bytes of the asking and of the answering side."""
    how = meaning(proto, state)
    if how == _BY_BYTES:
        return ANSWERED if got or sent else FAILED
    if how == _BY_SIZE:
        return _by_size(port, sent, got)
    if how == _ECHO:
        return ANSWERED if got else FAILED if port == 0 else UNKNOWN
    return how


@lru_cache(maxsize=4096)
def meaning(proto: str, state: str) -> int:
    """Give what a state says of a protocol: an outcome, or how to find it."""
    name = state.upper()
    if proto.startswith("icmp") or proto.endswith("icmp"):
        return FAILED if name in {"ECO", "REJ"} else _ECHO if name in {"OTH", "S0", "SF", ""} else UNKNOWN
    if proto not in {"tcp", "udp"}:
        return UNKNOWN
    if name in _IN_VAIN:
        return FAILED
    if name in _SPOKEN:
        return _BY_BYTES if proto == "tcp" else ANSWERED
    return UNKNOWN if name in _MIDST else _of_flags(proto, name)


def _of_flags(proto: str, state: str) -> int:
    """Read Argus's and NetFlow's TCP flags; anything else leaves it to the sizes."""
    if proto == "tcp" and "_" in state and _ARGUS.fullmatch(state):
        asked, _, told = state.partition("_")
        return FAILED if "S" in asked and not set(told) & set("SPF") else ANSWERED
    if proto == "tcp" and (_NFDUMP.fullmatch(state) or _NUMBER.fullmatch(state)):
        return _one_way(_bits(state))
    return _BY_SIZE


def _bits(state: str) -> int:
    if state[0] in "0123456789":
        return int(state, 16 if state.startswith("0X") else 10)
    letters = zip("FSRPA", (_FIN, _SYN, _RST, _PSH, _ACK), strict=True)
    return sum(bit for letter, bit in letters if letter in state)


def _one_way(flags: int) -> int:
    """One side's flags: a SYN that nothing followed is an attempt, a RST alone answers somebody else's."""
    if not flags:
        return _BY_SIZE
    if flags & _SYN and not flags & (_ACK | _PSH | _FIN):
        return FAILED
    return ANSWERED if flags & _PSH or (flags & _ACK and not flags & _RST) else UNKNOWN


def _by_size(port: int, sent: int, got: int) -> int:
    if not sent:
        return UNKNOWN  # the product tells no bytes
    if sent <= KNOCK_BYTES and got <= ANSWER_BYTES:
        return FAILED if port < EPHEMERAL else UNKNOWN
    return ANSWERED if got else UNKNOWN
