"""Serve an ASGI application on a port of its own, against senders that are slow, many or hostile.

Enters: an application, an address, TLS where wanted. Leaves: a server within the running loop.

uvicorn limits the size of a request's head; here are the limits that it lacks: time for the head of a request,
connections in all and of one address.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import TimerHandle, Transport
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tocsin.errors import InputError

HEAD_S = 10.0
IDLE_S = 60
HEAD_BYTES = 16 << 10
CONNECTIONS = 2_048
CONNECTIONS_PER_ADDRESS = 256


class Server:
    """An HTTP server on one port."""

    def __init__(self, app: Callable[..., Any], tls: ssl.SSLContext | None = None, head_s: float = HEAD_S) -> None:
        self._server = _Server(
            uvicorn.Config(
                app,
                interface="asgi3",
                http=_protocol(head_s),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=5,
                h11_max_incomplete_event_size=HEAD_BYTES,
                ssl_context_factory=(lambda _config, _default: tls) if tls else None,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; give the port (for port 0: the one that the system chose).

        Raises:
            InputError: the address cannot be listened on.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            sock = socket.create_server((host, port), family=family)
        except OSError as error:
            raise InputError(
                f"{host}:{port} cannot be listened on: {error.strerror}", "Choose another port."
            ) from error
        self._task = asyncio.create_task(self._server.serve([sock]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.01)
        return int(sock.getsockname()[1])

    async def close(self) -> None:
        """Let requests under way end, then stop."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    """Leaves signals to the program that it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _protocol(head_s: float) -> type[H11Protocol]:
    """Make the protocol of a server's connections."""
    addresses: Counter[str] = Counter()

    class Limited(H11Protocol):
        _head: TimerHandle | None = None
        _address: str | None = None

        def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._address = str(self.client[0]) if self.client else ""
            addresses[self._address] += 1
            if addresses[self._address] > CONNECTIONS_PER_ADDRESS or addresses.total() > CONNECTIONS:
                transport.abort()
                return
            self._head = self.loop.call_later(head_s, self._late)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._answering():
                self._stop()
            elif self._head is None:
                self._head = self.loop.call_later(head_s, self._late)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            if self._address is not None:
                addresses[self._address] -= 1
                if not addresses[self._address]:
                    del addresses[self._address]
            super().connection_lost(exc)

        def _answering(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _late(self) -> None:
            """Close a connection on which a request's head does not come."""
            self._head = None
            if not self._answering():
                self.transport.close()

        def _stop(self) -> None:
            if self._head is not None:
                self._head.cancel()
                self._head = None

    return Limited
