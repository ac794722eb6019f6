"""A proxy on loopback that leads a visitor to the same one of several apps, or to another if that is gone."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_VISITOR = re.compile(rb"\bperson=(\w+)")
_MOST_HEAD = 65_536  # bytes of a request's head
_CHUNK = 65_536


@contextmanager
def affinity_proxy(urls: Sequence[str]) -> Iterator[str]:
    """The address of a proxy in front of the apps at these addresses, in a thread of its own.

    Visitors are told apart by the cookie `person`. A connection is led to one app as long as it lasts.
    """
    loop = asyncio.new_event_loop()
    proxy = _Proxy([(str(parts.hostname), int(parts.port or 80)) for parts in map(urlsplit, urls)])
    server = loop.run_until_complete(asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=_MOST_HEAD))
    thread = threading.Thread(target=loop.run_forever, name="affinity-proxy", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Proxy:
    def __init__(self, apps: Sequence[tuple[str, int]]) -> None:
        self._apps = list(apps)
        self._app_of: dict[bytes, int] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection to its app."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            found = _VISITOR.search(head)
            to_reader, to_writer = await self._connect(found[1] if found else b"")
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()
            return
        to_writer.write(head)
        await asyncio.gather(_pipe(reader, to_writer), _pipe(to_reader, writer))

    async def _connect(self, visitor: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        first = self._app_of.setdefault(visitor, len(self._app_of) % len(self._apps))
        for turn in range(len(self._apps)):
            at = (first + turn) % len(self._apps)
            with suppress(OSError):
                connection = await asyncio.open_connection(*self._apps[at])
                self._app_of[visitor] = at
                return connection
        raise ConnectionRefusedError


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
