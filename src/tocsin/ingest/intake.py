"""Where all receivers hand in what they received: one commit for many, and no answer before it is on disk.

Enters: batches of many senders and sites. Leaves: for each batch its place in the site's journal, or a refusal.

Each site has a lane of its own, so that a site whose journal is full holds up no other. While one commit is synced
the next is gathered; a short wait makes few large frames out of many small batches. What waits is bounded in bytes:
beyond that a batch is refused at once, and its sender waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from tocsin.ingest.journal import Journal, Refusal
from tocsin.ingest.segments import Batch, Offset

GROUP_RECORDS = 10_000
GROUP_BYTES = 8 << 20
WAITING_BYTES = 64 << 20
"""Bytes of one site that may wait for their commit."""

LINGER_S = 0.02
"""How long a small commit waits for more batches; well under what a sender notices."""
LINGER_BYTES = 512 << 10
"""With so much to commit it does not wait."""

Answer = Offset | Refusal

_NOTHING: Mapping[str, bytes] = {}


class _Waiting(NamedTuple):
    batch: Batch | None
    notes: Mapping[str, bytes]
    answer: asyncio.Future[Answer]


class Intake:
    """Takes batches of all receivers within one event loop, and commits them by site."""

    def __init__(self, journals: Mapping[str, Journal], linger_s: float = LINGER_S) -> None:
        self._threads = ThreadPoolExecutor(max(1, min(4, len(journals))), "commit")
        self._lanes = {site: _Lane(journal, self._threads, linger_s) for site, journal in journals.items()}

    def offer(
        self, site: str, batch: Batch | None, notes: Mapping[str, bytes] = _NOTHING
    ) -> asyncio.Future[Answer] | Refusal:
        """Hand in a batch, or notes alone, without waiting; the future tells when it is on disk."""
        lane = self._lanes.get(site)
        return lane.offer(batch, notes) if lane else Refusal(f"no site is called {site!r}", 60.0)

    async def put(self, site: str, batch: Batch | None, notes: Mapping[str, bytes] = _NOTHING) -> Answer:
        """Hand in a batch and wait until it is on disk or refused."""
        offered = self.offer(site, batch, notes)
        return offered if isinstance(offered, Refusal) else await asyncio.shield(offered)

    async def deliver(self, site: str, batch: Batch | None, notes: Mapping[str, bytes] = _NOTHING) -> Offset:
        """Hand in a batch as often as it is refused: for senders that can only be made to wait."""
        while isinstance(answer := await self.put(site, batch, notes), Refusal):
            await asyncio.sleep(answer.retry_s)
        return answer

    def busy(self, site: str) -> bool:
        """Say whether a batch of this site would be refused now because too much waits."""
        lane = self._lanes.get(site)
        return lane is None or lane.waiting_bytes >= WAITING_BYTES

    async def close(self) -> None:
        """Commit what waits, then stop."""
        for lane in self._lanes.values():
            await lane.close()
        self._threads.shutdown()


class _Lane:
    """What waits for one site's journal, and the task that commits it."""

    def __init__(self, journal: Journal, threads: ThreadPoolExecutor, linger_s: float) -> None:
        self._journal = journal
        self._threads = threads
        self._linger_s = linger_s
        self._waiting: deque[_Waiting] = deque()
        self._records = 0
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.waiting_bytes = 0

    def offer(self, batch: Batch | None, notes: Mapping[str, bytes]) -> asyncio.Future[Answer] | Refusal:
        if self.waiting_bytes >= WAITING_BYTES:
            return Refusal("more comes than the disk takes", 1.0)
        if self._task is None or self._task.done():  # one that failed left its group waiting: it is tried again
            self._task = asyncio.create_task(self._run())
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(batch, notes, answer))
        if batch is not None:
            self.waiting_bytes += len(batch.data)
            self._records += batch.records
        self._came.set()
        return answer

    async def close(self) -> None:
        if self._task is None:
            return
        while self._waiting:
            await asyncio.sleep(0.005)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._came.wait()
            if self._records < GROUP_RECORDS and self.waiting_bytes < LINGER_BYTES:
                await asyncio.sleep(self._linger_s)
            group = self._group()
            answer = await loop.run_in_executor(self._threads, self._commit, group)
            for waiting in group:
                self._done(waiting, answer)

    def _group(self) -> list[_Waiting]:
        """Give what is committed next (it still counts as waiting until it is on disk)."""
        size = records = 0
        group = []
        for waiting in self._waiting:
            if records >= GROUP_RECORDS or size >= GROUP_BYTES:
                break
            group.append(waiting)
            if waiting.batch is not None:
                size, records = size + len(waiting.batch.data), records + waiting.batch.records
        return group

    def _commit(self, group: list[_Waiting]) -> Answer:
        notes: dict[str, bytes] = {}
        for waiting in group:
            notes.update(waiting.notes)
        return self._journal.append([waiting.batch for waiting in group if waiting.batch is not None], notes)

    def _done(self, waiting: _Waiting, answer: Answer) -> None:
        self._waiting.popleft()
        if waiting.batch is not None:
            self.waiting_bytes -= len(waiting.batch.data)
            self._records -= waiting.batch.records
        if not self._waiting:
            self._came.clear()
        if not waiting.answer.done():
            waiting.answer.set_result(answer)
