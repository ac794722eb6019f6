"""Clips packed for the browser, read ahead in the background."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsat_core.audio.packing import file_stamp, pack_picture, pack_wave, read_sound
from fsat_core.errors import AudioError

_SIZE = 64  # clips: two pages of the grid, for several annotators at once
_Key = tuple[str, int, int]


@dataclass(frozen=True)
class PackedClip:
    """A clip for the browser: its sound, and its pictures packed as JSON."""

    content: bytes
    mime: str
    pictures: dict[str, Any]


def pack_clip(path: Path) -> PackedClip:
    """A clip, read and packed; an AudioError where it cannot be read."""
    sound = read_sound(path)
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
    """

    def __init__(self, read: Callable[[Path], PackedClip] = pack_clip, size: int = _SIZE) -> None:
        self._read, self._size = read, size
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
        future = self._place(path)
        if within_s is None and future.cancel():  # not started yet: read it here, ahead of the queue
            future = self._put(path, Future())
            _run(future, self._read, path)
        try:
            return future.result(within_s)
        except TimeoutError:
            return None

    def _place(self, path: Path) -> "Future[PackedClip]":
        with self._lock:
            future = self._clips.get(file_stamp(path))
        if future is None or future.cancelled():
            return self._put(path, self._pool.submit(self._read, path))
        return self._put(path, future)

    def _put(self, path: Path, future: "Future[PackedClip]") -> "Future[PackedClip]":
        with self._lock:
            self._clips[file_stamp(path)] = future
            self._clips.move_to_end(file_stamp(path))
            while len(self._clips) > self._size:
                _, oldest = self._clips.popitem(last=False)
                oldest.cancel()
        return future


def _run(future: "Future[PackedClip]", read: Callable[[Path], PackedClip], path: Path) -> None:
    try:
        future.set_result(read(path))
    except AudioError as error:
        future.set_exception(error)


def sound_key(clip_id: str) -> str:
    """The key of the container of a clip's audio element: a hash, because file names may not fit one."""
    return f"label-sound-{hashlib.blake2b(clip_id.encode(), digest_size=8).hexdigest()}"
