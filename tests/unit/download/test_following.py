"""A download as others see it: how far it is, how long it takes, and that it can be stopped from outside."""

import json
import time
from pathlib import Path

import pytest

from fsat_core.download.following import (
    LOCK,
    WORK,
    Follower,
    ask_to_stop,
    is_downloading,
    read_progress,
)
from fsat_core.errors import Stopped
from fsat_core.lock import hold


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / WORK).mkdir()
    return tmp_path


def test_how_far_it_is_and_what_the_rest_takes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    follower = Follower(folder)
    follower("Downloading a.zip", 1_000, 10_000)  # 1,000 bytes were here before
    begun = read_progress(folder)
    assert begun is not None
    assert (begun.step, begun.done, begun.total, begun.left_s) == ("Downloading a.zip", 1_000, 10_000, None)
    now[0] += 0.5
    follower("Downloading a.zip", 2_000, 10_000)
    assert read_progress(folder) == begun, "once a second is enough"
    now[0] += 1.5
    follower("Downloading a.zip", 4_000, 10_000)
    later = read_progress(folder)
    assert later is not None
    assert later.left_s == pytest.approx(4.0)  # 3,000 bytes in 2 s, and 6,000 to come
    follower("Unpacking a.zip", 0, 10_000)
    unpacking = read_progress(folder)
    assert unpacking is not None
    assert (unpacking.step, unpacking.left_s) == ("Unpacking a.zip", None)
    follower.close()
    assert read_progress(folder) is None
    assert list((folder / WORK).iterdir()) == []


def test_it_is_stopped_from_outside_and_an_old_wish_stops_no_new_one(folder: Path) -> None:
    ask_to_stop(folder)
    follower = Follower(folder)
    follower("Downloading a.zip", 0, 10)
    ask_to_stop(folder)
    with pytest.raises(Stopped, match="What has come is kept"):
        follower("Downloading b.zip", 5, 10)


def test_whether_one_runs_is_told_by_its_lock(folder: Path, tmp_path: Path) -> None:
    assert not is_downloading(tmp_path / "none")
    assert not is_downloading(folder)
    with hold(folder / WORK / LOCK):
        assert is_downloading(folder)
    assert not is_downloading(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", json.dumps({"step": "x"}), "{}"])
def test_progress_that_makes_no_sense_is_none(folder: Path, text: str) -> None:
    (folder / WORK / "progress.json").write_text(text)
    assert read_progress(folder) is None
