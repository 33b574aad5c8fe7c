"""What the tests of live receivers share: a journal in a folder, and what has reached it."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tocsin.ingest.intake import Intake
from tocsin.ingest.journal import Journal, Limits
from tocsin.ingest.segments import Batch

SITE = "chu-exemple"


class Live:
    """A journal with its intake, within the running loop."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.journal = Journal(folder / "journal", limits)
        self.intake = Intake({SITE: self.journal})

    def batches(self) -> list[Batch]:
        reader = self.journal.reader()
        found: list[Batch] = []
        while frames := reader.read():
            found += [batch for frame in frames for batch in frame.batches]
        return found

    def lines(self) -> list[bytes]:
        return [line for batch in self.batches() for line in batch.data.split(b"\n") if line]

    async def until(self, ready: Callable[[], bool], timeout_s: float = 15.0) -> None:
        end_s = time.monotonic() + timeout_s
        while not ready():
            assert time.monotonic() < end_s, f"waited in vain; so far: {self.lines()[:5]}"
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        await self.intake.close()
        self.journal.close()


def run(folder: Path, story: Callable[[Live], Awaitable[None]], limits: Limits | None = None) -> None:
    """Run a test's story with a journal."""

    async def whole() -> None:
        live = Live(folder, limits)
        try:
            await story(live)
        finally:
            await live.close()

    asyncio.run(whole())


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost and its key."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    made_for = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    command = ["openssl", "req", "-x509", *kind, *made_for, "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made, key
