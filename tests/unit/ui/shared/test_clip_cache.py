"""Clips are read ahead, each once, and the one that is asked for does not wait for those that are not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from fsat_core.audio.packing import file_stamp
from fsat_core.errors import AudioError
from ui.shared.clip_cache import ClipCache


@dataclass(frozen=True)
class Clip:
    """What is kept of a clip here."""

    content: bytes


class Reader:
    """Reads nothing, and remembers what it was asked for. The file `slow` takes until `go` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, path: Path) -> Clip:
        self.asked.append(path.name)
        if path.name == "slow":
            self.started.set()
            self.go.wait()
        if path.name == "bad":
            raise AudioError("bad: cannot be read.")
        return Clip(path.name.encode())


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    names = ("slow", "a", "b", "c", "bad")
    for name in names:
        (tmp_path / name).touch()
    return {name: tmp_path / name for name in names}


def content(one: Clip | None) -> bytes:
    assert one is not None
    return one.content


def test_what_was_warmed_is_read_once(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp)
    cache.warm([paths["a"], paths["b"]])
    assert [content(cache.get(paths[name])) for name in ("b", "a", "b")] == [b"b", b"a", b"b"]
    assert sorted(reader.asked) == ["a", "b"]


def test_the_clip_in_view_is_read_before_those_that_wait(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp)
    cache.warm([paths["slow"], paths["a"], paths["b"]])
    reader.started.wait()
    assert content(cache.get(paths["b"])) == b"b"
    assert cache.get(paths["a"], within_s=0.0) is None
    reader.go.set()
    assert content(cache.get(paths["slow"])) == b"slow"


def test_a_clip_that_cannot_be_read_says_so_to_whoever_asks(paths: dict[str, Path], tmp_path: Path) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp)
    cache.warm([paths["bad"], tmp_path / "gone"])
    for within_s in (None, 60.0):  # of which the second has it tried again: a disk may be back
        with pytest.raises(AudioError, match="bad"):
            cache.get(paths["bad"], within_s)
    assert reader.asked == ["bad", "bad"]
    with pytest.raises(AudioError, match="rescan"):
        cache.get(tmp_path / "gone")


def test_two_visitors_at_one_clip_get_it_and_it_is_read_once(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp)
    with ThreadPoolExecutor(3) as visitors:
        first = visitors.submit(cache.get, paths["slow"])
        reader.started.wait()
        second = visitors.submit(cache.get, paths["slow"])
        third = visitors.submit(cache.get, paths["slow"], 60.0)
        assert cache.get(paths["slow"], within_s=0.0) is None
        reader.go.set()
        assert [content(one) for one in (first.result(), second.result(), third.result())] == [b"slow"] * 3
    assert reader.asked == ["slow"]


def test_who_waits_for_a_clip_gets_it_from_another_who_could_not_wait(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp)
    cache.warm([paths["slow"], paths["a"]])
    reader.started.wait()
    with ThreadPoolExecutor(1) as visitors:
        waiting = visitors.submit(cache.get, paths["a"], 60.0)
        while not waiting.running():
            pass
        assert content(cache.get(paths["a"])) == b"a"
        assert content(waiting.result(30.0)) == b"a", "not only when its own time is over"
    reader.go.set()


def test_who_waits_for_a_clip_that_is_let_go_gets_it_all_the_same(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp, size=1)
    cache.warm([paths["slow"]])
    reader.started.wait()
    with ThreadPoolExecutor(1) as visitors:
        waiting = visitors.submit(cache.get, paths["a"], 60.0)
        while not waiting.running():
            pass
        cache.warm([paths["b"]])
        reader.go.set()
        assert content(waiting.result()) == b"a"


def test_what_goes_wrong_in_reading_ends_everybodys_waiting(paths: dict[str, Path]) -> None:
    started, go = threading.Event(), threading.Event()

    def fail(path: Path) -> Clip:
        started.set()
        go.wait()
        raise TimeoutError(path.name)  # as a drive says that has gone, and not as a reader who is slow

    cache = ClipCache(fail, file_stamp)
    with ThreadPoolExecutor(3) as visitors:
        first = visitors.submit(cache.get, paths["a"])
        started.wait()
        second = visitors.submit(cache.get, paths["a"])
        hurried = visitors.submit(cache.get, paths["a"], 60.0)
        go.set()
        for result in (first.result, second.result, hurried.result):
            with pytest.raises(TimeoutError, match="a"):
                result()


def test_the_clips_asked_for_longest_ago_are_let_go(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp, size=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get(paths[name])
    assert reader.asked == ["a", "b", "c", "b"]


def test_long_clips_are_let_go_sooner(paths: dict[str, Path]) -> None:
    reader = Reader()
    cache = ClipCache(reader, file_stamp, size=10, most_bytes=2)
    for name in ("a", "b", "c", "c", "b", "a"):
        assert content(cache.get(paths[name])) == name.encode()
    assert reader.asked == ["a", "b", "c", "a"], "of one byte each: two are kept"


def test_each_clip_is_weighed_once(paths: dict[str, Path]) -> None:
    looks: list[str] = []

    @dataclass(frozen=True)
    class Weighed:
        name: str

        @property
        def content(self) -> bytes:
            looks.append(self.name)
            return b""

    cache = ClipCache(lambda path: Weighed(path.name), file_stamp)
    for name in ("a", "b", "c", "a", "b", "c"):
        cache.get(paths[name])
    cache.warm([paths[name] for name in "abc"])
    assert sorted(looks) == ["a", "b", "c"]
