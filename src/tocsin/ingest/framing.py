"""How syslog messages follow each other in a stream: counted octets or line ends, told message by message.

Enters: bytes as they come. Leaves: whole messages, each one record without a line end.

A message that begins with its length, a space and `<` is counted; any other ends at a line feed or NUL. Line feeds
inside a counted message become `#012` as rsyslog writes them (white space, where the message may be JSON). A message
over the limit is cut: its first bytes are kept, the rest is passed over and counted.
Source: RFC 6587, RFC 5425 (counting only).
"""

from __future__ import annotations

import re

MAX_MESSAGE_BYTES = 256 << 10
_COUNTED = re.compile(rb"([1-9]\d{0,9}) (?=<)")
_ENDS = re.compile(rb"[\n\0]")


class Framer:
    """Cuts one stream into messages, in bounded memory; never raises on any bytes."""

    def __init__(self, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max = max_bytes
        self._held = bytearray()
        self._skip_octets = 0
        self._skip_line = False
        self.cut = 0
        """Messages that were cut at the limit."""

    @property
    def torn(self) -> bool:
        """Say whether the beginning of a message waits for its rest."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes, give the messages that are whole now."""
        self._held += data
        found: list[bytes] = []
        at = 0
        while (end := self._next(at, found)) is not None:
            at = end
        del self._held[:at]
        return found

    def finish(self) -> list[bytes]:
        """Give what is left when the stream ends: a message that was never finished is still a record."""
        rest = record(_COUNTED.sub(b"", self._held[: self._max], count=1))
        self._held.clear()
        return [rest] if rest else []

    def _next(self, at: int, found: list[bytes]) -> int | None:
        """Take one message at a place, give the place behind it; None where more bytes are needed."""
        size = len(self._held) - at
        if self._skip_octets:
            step = min(self._skip_octets, size)
            self._skip_octets -= step
            return at + step if step else None
        if self._skip_line:
            end = _ENDS.search(self._held, at)
            self._skip_line = end is None
            return end.end() if end else (at + size if size else None)
        counted = _COUNTED.match(self._held, at)
        if counted is not None:
            return self._counted(counted.end(), int(counted.group(1)), found)
        return self._line(at, found)

    def _counted(self, start: int, length: int, found: list[bytes]) -> int | None:
        size = min(length, self._max)
        if len(self._held) - start < size:
            return None
        if length > self._max:
            self.cut += 1
            self._skip_octets = length - size
        _keep(self._held[start : start + size], found)
        return start + size

    def _line(self, at: int, found: list[bytes]) -> int | None:
        end = _ENDS.search(self._held, at, at + self._max + 1)
        if end is not None:
            _keep(self._held[at : end.start()], found)
            return end.end()
        if len(self._held) - at <= self._max:
            return None
        self.cut += 1
        self._skip_line = True
        _keep(self._held[at : at + self._max], found)
        return at + self._max


def _keep(message: bytearray, found: list[bytes]) -> None:
    kept = record(message)
    if kept:
        found.append(kept)


def record(message: bytes | bytearray) -> bytes:
    """Make one line of a message: its ends stripped, line feeds inside written as rsyslog does."""
    text = bytes(message).strip(b"\r\n\0")
    if b"\n" not in text:
        return text
    json = text.endswith((b"}", b"]"))
    return text.replace(b"\n", b" ") if json else text.replace(b"\r\n", b"#015#012").replace(b"\n", b"#012")
