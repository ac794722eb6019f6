"""Clips packed for the browser, read ahead in the background."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsat_core.audio.packing import file_stamp, pack_picture, pack_wave, read_sound
from fsat_core.audio.spectrogram import USUAL, Style
from fsat_core.errors import AudioError

_SIZE = 64  # clips: two pages of the grid, for several annotators at once
_MOST_BYTES = 256_000_000  # of sound: long clips are let go sooner
_Key = tuple[str, int, int]


@dataclass(frozen=True)
class PackedClip:
    """A clip for the browser: its sound, and its pictures packed as JSON."""

    content: bytes
    mime: str
    pictures: dict[str, Any]


def pack_clip(path: Path, style: Style = USUAL) -> PackedClip:
    """A clip, read and packed, its spectrogram in this style; an AudioError where it cannot be read."""
    sound = read_sound(path, style=style)
    pictures = {
        "duration_s": sound.duration_s,
        "overview": pack_wave(sound.overview, 0.0, sound.duration_s),
        "pictures": [pack_picture(picture) for picture in sound.pictures],
    }
    return PackedClip(sound.content, sound.mime, pictures)


class ClipCache:
    """Keeps the clips used last and reads those needed next.

    Parameters
    ----------
    read : callable
        Reads one clip.
    size : int
        Clips kept.
    most_bytes : int
        Bytes of sound kept, but for the clip used last.
    """

    def __init__(
        self,
        read: Callable[[Path], PackedClip] = pack_clip,
        size: int = _SIZE,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._read, self._size, self._most_bytes = read, size, most_bytes
        self._clips: OrderedDict[_Key, Future[PackedClip]] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="read-clips")

    def warm(self, paths: Sequence[Path]) -> None:
        """Start reading these clips in this order, so that they are ready when needed."""
        for path in paths:
            with suppress(AudioError):  # the session that asks for the clip gets the error
                self._place(path)

    def get(self, path: Path, within_s: float | None = None) -> PackedClip | None:
        """A clip, or None if it is not read within this many seconds.

        Raises
        ------
        AudioError
            If it cannot be read.
        """
        end = None if within_s is None else time.monotonic() + within_s
        while True:
            future, is_ours = self._take(path) if end is None else (self._place(path), False)
            if is_ours:
                _run(future, self._read, path)
            try:
                return future.result(None if end is None else max(end - time.monotonic(), 0.0))
            except TimeoutError:
                return None
            except CancelledError:  # another visitor could not wait, and reads it; or it was let go
                continue

    def _place(self, path: Path) -> "Future[PackedClip]":
        """The clip as it is being read; has it read where it is not."""
        stamp = file_stamp(path)
        with self._lock:
            future = self._clips.get(stamp)
            if future is None or future.cancelled():
                future = self._pool.submit(self._read, path)
            return self._put(stamp, future)

    def _take(self, path: Path) -> "tuple[Future[PackedClip], bool]":
        """The clip as it is being read, and whether the caller is to read it: before those that wait."""
        stamp = file_stamp(path)
        with self._lock:
            future = self._clips.get(stamp)
            is_ours = future is None or future.cancel()  # which says no as soon as somebody reads it
            if future is None or is_ours:
                future = Future()
                future.set_running_or_notify_cancel()  # so that the next who asks for it waits
            return self._put(stamp, future), is_ours

    def _put(self, stamp: _Key, future: "Future[PackedClip]") -> "Future[PackedClip]":
        self._clips[stamp] = future
        self._clips.move_to_end(stamp)
        while self._is_full():
            _, oldest = self._clips.popitem(last=False)
            oldest.cancel()
        return future

    def _is_full(self) -> bool:
        num_bytes = sum(map(_num_bytes, self._clips.values()))
        return len(self._clips) > (self._size if num_bytes <= self._most_bytes else 1)


def _num_bytes(future: "Future[PackedClip]") -> int:
    """Size of a clip's sound, once it is read."""
    is_read = future.done() and not future.cancelled() and future.exception() is None
    return len(future.result().content) if is_read else 0


def _run(future: "Future[PackedClip]", read: Callable[[Path], PackedClip], path: Path) -> None:
    try:
        future.set_result(read(path))
    except BaseException as error:  # whoever waits for it must not wait for ever
        future.set_exception(error)


def sound_key(clip_id: str) -> str:
    """The key of the container of a clip's audio element: a hash, because file names may not fit one."""
    return f"label-sound-{hashlib.blake2b(clip_id.encode(), digest_size=8).hexdigest()}"
