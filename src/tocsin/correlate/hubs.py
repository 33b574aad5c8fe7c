"""What everybody touches: a domain controller, a proxy, a scanner holds evidence but joins nothing.

Enters: the anchors of findings. Leaves: whether an anchor may join findings.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

Anchor = tuple[str, str]
"""What a finding holds on to: a kind (host, identity, address, domain, cloud) and a name."""

MAX_ANCHORS = 100_000
_HUB: tuple[Anchor, ...] = ()


class Hubs:
    """Anchor -> the hosts and addresses it was seen with, up to `most`. Bounded: those seen longest ago go."""

    def __init__(self, most: int, limit: int = MAX_ANCHORS) -> None:
        self._most = most
        self._limit = limit
        self._peers: OrderedDict[Anchor, tuple[Anchor, ...]] = OrderedDict()

    def learn(self, anchors: Sequence[Anchor]) -> None:
        """Take the anchors of one finding."""
        peers = self._peers
        for anchor in anchors:
            known = peers.pop(anchor, None)
            if known is not _HUB:
                known = known or (anchor,)  # it stands for itself, so that only a hub has none
                for other in anchors:
                    if other[0] in _PEERS and other not in known:
                        known = (*known, other)
            peers[anchor] = known if len(known) - 1 <= self._most else _HUB
        while len(peers) > self._limit:
            peers.popitem(last=False)

    def joins(self, anchor: Anchor) -> bool:
        """Say whether an anchor may join findings."""
        return self._peers.get(anchor) is not _HUB


_PEERS = frozenset({"host", "address"})
