"""What everybody touches: a domain controller, a proxy, a scanner holds evidence but joins nothing.

Enters: the anchors of findings. Leaves: whether an anchor may join findings.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from tocsin.detect.behaviour.memory import key64

Anchor = tuple[str, str]
"""What a finding holds on to: a kind (host, identity, address, domain, cloud) and a name."""

MAX_ANCHORS = 200_000
_HUB: tuple[int, ...] = ()


class Hubs:
    """Anchor -> the hosts and addresses it was seen with, up to `most`. Bounded: those seen longest ago go."""

    def __init__(self, most: int, limit: int = MAX_ANCHORS) -> None:
        self._most = most
        self._limit = limit
        self._peers: OrderedDict[Anchor, tuple[int, ...]] = OrderedDict()

    def learn(self, anchors: Sequence[Anchor]) -> None:
        """Take the anchors of one finding."""
        keys = [key64(*one) if one[0] in _PEERS else -1 for one in anchors]
        for rank, anchor in enumerate(anchors):
            known = self._peers.get(anchor, (0,))
            if known is not _HUB:
                new = [key for other, key in enumerate(keys) if other != rank and key >= 0 and key not in known]
                known = (*known, *dict.fromkeys(new))
                self._peers[anchor] = known if len(known) - 1 <= self._most else _HUB
            self._peers.move_to_end(anchor)
        while len(self._peers) > self._limit:
            self._peers.popitem(last=False)

    def joins(self, anchor: Anchor) -> bool:
        """Say whether an anchor may join findings."""
        return self._peers.get(anchor) is not _HUB


_PEERS = frozenset({"host", "address"})
