"""Clips as a page shows them, read ahead in the background."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, Protocol, TypeVar, overload

from fsat_core.errors import AudioError

_SIZE = 64  # clips: two pages of the grid, for several annotators at once
_MOST_BYTES = 256_000_000  # of sound: long clips are let go sooner
_Stamp = tuple[str, int, int]


class _HasContent(Protocol):
    """What is kept of a clip: its sound, and what else is drawn of it."""

    @property
    def content(self) -> bytes: ...


Source = TypeVar("Source")
Clip = TypeVar("Clip", bound=_HasContent)


class ClipCache(Generic[Source, Clip]):
    """Keeps the clips used last and reads those needed next.

    Parameters
    ----------
    read : callable
        Reads one clip.
    stamp : callable
        What identifies the content of a source; an AudioError where it is gone.
    size : int
        Clips kept.
    most_bytes : int
        Bytes of sound kept, but for the clip used last.
    """

    def __init__(
        self,
        read: Callable[[Source], Clip],
        stamp: Callable[[Source], _Stamp],
        size: int = _SIZE,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._read, self._stamp, self._size, self._most_bytes = read, stamp, size, most_bytes
        self._clips: OrderedDict[_Stamp, Future[Clip]] = OrderedDict()
        self._sizes: dict[_Stamp, int] = {}  # of those that are read, in bytes
        self._unread: set[_Stamp] = set()
        self._num_bytes = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="read-clips")

    def warm(self, sources: Sequence[Source]) -> None:
        """Start reading these clips in this order, so that they are ready when needed."""
        for source in sources:
            with suppress(AudioError):  # the session that asks for the clip gets the error
                self._place(self._stamp(source), source)

    @overload
    def get(self, source: Source) -> Clip: ...

    @overload
    def get(self, source: Source, within_s: float | None) -> Clip | None: ...

    def get(self, source: Source, within_s: float | None = None) -> Clip | None:
        """A clip, or None if it is not read within this many seconds.

        Raises
        ------
        AudioError
            If it cannot be read; who asks then has it tried again.
        """
        stamp = self._stamp(source)
        end = None if within_s is None else time.monotonic() + within_s
        while True:
            future, is_ours = self._take(stamp) if end is None else (self._place(stamp, source), False)
            if is_ours:
                _run(future, self._read, source)
            left = None if end is None else max(end - time.monotonic(), 0.0)
            try:
                # Not `wait`: that is not told when another visitor cancels it to read it at once.
                return future.result(left)
            except CancelledError:  # another visitor could not wait, and reads it; or it was let go
                continue
            except Exception as error:
                if not future.done():  # our time is over, which is no fault of a drive
                    return None
                if future.cancelled() or future.exception() is not error:  # it came just then
                    continue
                self._drop(stamp, future)
                raise

    def _place(self, stamp: _Stamp, source: Source) -> "Future[Clip]":
        """The clip as it is being read; has it read where it is not."""
        with self._lock:
            future = self._clips.get(stamp)
            if future is None or future.cancelled():
                future = self._pool.submit(self._read, source)
            return self._put(stamp, future)

    def _take(self, stamp: _Stamp) -> "tuple[Future[Clip], bool]":
        """The clip as it is being read, and whether the caller is to read it: before those that wait."""
        with self._lock:
            future = self._clips.get(stamp)
            is_ours = future is None or future.cancel()  # which says no as soon as somebody reads it
            if future is None or is_ours:
                future = Future()
                future.set_running_or_notify_cancel()  # so that the next who asks for it waits
            return self._put(stamp, future), is_ours

    def _put(self, stamp: _Stamp, future: "Future[Clip]") -> "Future[Clip]":
        if self._clips.get(stamp) is not future:
            self._forget(stamp)
            self._clips[stamp] = future
            self._unread.add(stamp)
        self._clips.move_to_end(stamp)
        self._weigh()
        while len(self._clips) > (self._size if self._num_bytes <= self._most_bytes else 1):
            self._forget(next(iter(self._clips)))
        return future

    def _weigh(self) -> None:
        """Note the size of what has been read since; to look at every clip each time would take too long."""
        for stamp in [stamp for stamp in self._unread if self._clips[stamp].done()]:
            self._unread.remove(stamp)
            self._sizes[stamp] = _num_bytes(self._clips[stamp])
            self._num_bytes += self._sizes[stamp]

    def _drop(self, stamp: _Stamp, future: "Future[Clip]") -> None:
        with self._lock:
            if self._clips.get(stamp) is future:
                self._forget(stamp)

    def _forget(self, stamp: _Stamp) -> None:
        future = self._clips.pop(stamp, None)
        if future is not None:
            future.cancel()
        self._unread.discard(stamp)
        self._num_bytes -= self._sizes.pop(stamp, 0)


def _num_bytes(future: "Future[Clip]") -> int:
    """Size of a clip's sound, once it is read."""
    is_read = not future.cancelled() and future.exception() is None
    return len(future.result().content) if is_read else 0


def _run(future: "Future[Clip]", read: Callable[[Source], Clip], source: Source) -> None:
    try:
        future.set_result(read(source))
    except BaseException as error:  # whoever waits for it must not wait for ever
        future.set_exception(error)
