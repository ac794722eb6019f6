"""The store: every clip has its row, whatever happened on the way."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.audio.blocks import MonoWave
from fsat_core.dataset import Dataset, clip_path, open_dataset, scan
from fsat_core.embedding import build_store, locate, mean_heard, open_complete
from fsat_core.embedding.build import Place
from fsat_core.embedding.near_duplicates import NEAR_DUPLICATES, near_duplicates
from fsat_core.embedding.store import open_arrays
from fsat_core.errors import AudioError, FsatError, Stopped
from tests.helpers.embedders import DYING, TINY, TinyEmbedder, fill_store, hear_clip


@pytest.fixture
def dataset(kaggle_set: Path) -> Dataset:
    return open_dataset(kaggle_set)


@pytest.fixture
def place(dataset: Dataset, tmp_path: Path) -> Place:
    return locate(dataset, scan(dataset, tmp_path), tmp_path, TINY)


def test_every_clip_has_its_row(place: Place, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    store = build_store(place, tmp_path, progress=lambda *call: calls.append(call), num_processes=2)
    assert store.is_complete
    assert store.heard.all()
    assert calls[0] == (0, len(place.clips))
    assert calls[-1] == (len(place.clips), len(place.clips))
    for row, (clip_id, path) in enumerate(place.clips):
        heard = hear_clip(TinyEmbedder(), MonoWave(path).at(TINY.sample_rate))
        np.testing.assert_allclose(store.windows(clip_id), heard.embeddings, atol=1e-3)
        np.testing.assert_allclose(store.means[row], mean_heard([heard]).embeddings, atol=1e-3)
        np.testing.assert_allclose(store.scores[row], mean_heard([heard]).scores, atol=1e-3)


def test_a_process_that_dies_costs_only_the_clip_that_kills_it(dataset: Dataset, tmp_path: Path) -> None:
    path = clip_path(dataset, "curated/bark_1.wav")
    sf.write(path, np.ones(4_000), 8_000)
    catalogue = scan(dataset, tmp_path)
    whole = build_store(locate(dataset, catalogue, tmp_path / "whole", TINY), tmp_path, num_processes=1)
    dying = build_store(locate(dataset, catalogue, tmp_path / "dying", DYING), tmp_path, num_processes=2)
    assert (tmp_path / "heard").exists()
    assert dying.is_complete
    assert list(dying.errors()) == ["curated/bark_1.wav"]
    assert "ended the process that listened to it, 3 times" in dying.errors()["curated/bark_1.wav"]
    for row, clip_id in enumerate(whole.clip_ids):
        if clip_id not in dying.errors():
            np.testing.assert_array_equal(dying.windows(clip_id), whole.windows(clip_id))
            np.testing.assert_array_equal(dying.means[row], whole.means[row])


def test_a_complete_store_is_opened(place: Place, tmp_path: Path) -> None:
    build_store(place, tmp_path, num_processes=1)
    counts = (place.folder / "counts.npy").stat().st_mtime_ns
    build_store(place, tmp_path, num_processes=1)
    assert (place.folder / "counts.npy").stat().st_mtime_ns == counts


def test_a_stopped_build_goes_on_to_the_clip(place: Place, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        build_store(place, tmp_path, should_stop=lambda: True, num_processes=1)
    build_store(place, tmp_path, num_processes=1)
    arrays = open_arrays(place.folder, "r+")
    arrays.counts[3] = 0  # as if it had been killed in the middle of this clip
    arrays.means[3] = 9
    arrays.means[4] = 7  # finished: it is not heard again
    store = build_store(place, tmp_path, num_processes=1)
    assert store.means[3, 0] < 1
    assert store.means[4, 0] == 7


def test_a_clip_that_cannot_be_read_has_an_error(place: Place, tmp_path: Path) -> None:
    clip_id, path = place.clips[1]
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:30])  # after the scan
    store = build_store(place, tmp_path, num_processes=1)
    assert size > 30
    assert store.is_complete
    assert list(store.errors()) == [clip_id]
    assert store.row(clip_id) is None
    with pytest.raises(AudioError, match="has not been heard"):
        store.windows(clip_id)
    assert store.row(place.clips[0][0]) == 0


def test_a_clip_that_grew_after_the_scan_is_an_error(place: Place, tmp_path: Path) -> None:
    clip_id, path = place.clips[0]
    with sf.SoundFile(path, "r+") as file:
        file.seek(0, sf.SEEK_END)
        file.write(np.zeros(file.samplerate * 2))
    store = build_store(place, tmp_path, num_processes=1)
    assert "longer than when it was scanned" in store.errors()[clip_id]


def test_a_changed_clip_has_another_store(place: Place, dataset: Dataset, tmp_path: Path) -> None:
    path = place.clips[0][1]
    sf.write(path, np.zeros(4_000), 8_000)
    assert locate(dataset, scan(dataset, tmp_path), tmp_path, TINY).folder != place.folder


def test_only_new_clips_are_heard_when_the_set_has_changed(
    dataset: Dataset, place: Place, tmp_path: Path
) -> None:
    build_store(place, tmp_path, num_processes=1)
    open_arrays(place.folder, "r+").means[2] = 5  # to be known again
    sf.write(place.clips[0][1], np.full(4_000, 0.1), 8_000)
    changed = locate(dataset, scan(dataset, tmp_path), tmp_path, TINY)
    calls: list[tuple[int, int]] = []
    store = build_store(changed, tmp_path, lambda *call: calls.append(call), num_processes=1)
    assert calls[0] == (len(place.clips) - 1, len(place.clips))
    assert store.means[2, 0] == 5
    heard = hear_clip(TinyEmbedder(), MonoWave(place.clips[0][1]).at(TINY.sample_rate))
    np.testing.assert_allclose(store.windows(place.clips[0][0]), heard.embeddings, atol=1e-3)
    assert not place.folder.exists(), "the new store takes its place"


def test_what_could_not_be_heard_is_tried_again_when_asked(place: Place, tmp_path: Path) -> None:
    clip_id, path = place.clips[1]
    content, stat = path.read_bytes(), path.stat()
    path.unlink()  # as if its drive were gone
    assert list(build_store(place, tmp_path, num_processes=1).errors()) == [clip_id]
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert list(build_store(place, tmp_path, num_processes=1).errors()) == [clip_id]
    store = build_store(place, tmp_path, num_processes=1, again=True)
    assert store.errors() == {}
    assert store.heard.all()


def test_what_was_made_of_fewer_clips_is_made_anew(place: Place, tmp_path: Path) -> None:
    path = place.clips[0][1]
    hidden = path.rename(path.with_suffix(".hidden"))
    store = build_store(place, tmp_path, num_processes=1)
    near_duplicates(store)
    build_store(place, tmp_path, num_processes=1, again=True)  # it is still not there
    assert (place.folder / NEAR_DUPLICATES).exists()
    hidden.rename(path)
    build_store(place, tmp_path, num_processes=1, again=True)
    assert not (place.folder / NEAR_DUPLICATES).exists()


def test_what_was_heard_by_other_rules_is_heard_again(
    dataset: Dataset, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_store(place, tmp_path, num_processes=1)
    open_arrays(place.folder, "r+").means[2] = 5
    monkeypatch.setenv("FSAT_READ_TRUNCATED", "1")
    other = locate(dataset, scan(dataset, tmp_path), tmp_path, TINY)
    assert other.folder != place.folder
    assert build_store(other, tmp_path, num_processes=1).means[2, 0] < 5


def test_a_line_of_errors_that_was_cut_off_is_passed_over(place: Place, tmp_path: Path) -> None:
    place.clips[1][1].write_bytes(b"no sound")
    store = build_store(place, tmp_path, num_processes=1)
    errors = store.folder / "errors.jsonl"
    errors.write_text(errors.read_text() + '["curated/ba')
    assert list(store.errors()) == [place.clips[1][0]]


def test_a_full_disk_is_one_line_before_anything_is_heard(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(FsatError, match=r"cannot keep embeddings in .*No space left on device"):
        build_store(place, tmp_path, num_processes=1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"embedder": 3}'])
def test_a_damaged_store_beside_it_hinders_nothing(place: Place, tmp_path: Path, content: str) -> None:
    damaged = place.folder.with_name("damaged")
    damaged.mkdir(parents=True)
    (damaged / "layout.json").write_text(content)
    assert build_store(place, tmp_path, num_processes=1).is_complete


def test_a_store_of_other_folders_stays(place: Place, tmp_path: Path) -> None:
    build_store(place, tmp_path, num_processes=1)
    sf.write(tmp_path / "elsewhere.wav", np.full(4_000, 0.1), 8_000)
    other = Place(
        place.folder.with_name("other"), [("curated/e.wav", tmp_path / "elsewhere.wav")], [0.5], TINY
    )
    assert build_store(other, tmp_path, num_processes=1).is_complete
    assert place.open() is not None


def test_damage_is_mended(place: Place, tmp_path: Path) -> None:
    build_store(place, tmp_path, num_processes=1)
    (place.folder / "means.npy").write_bytes(b"")
    assert place.open() is None
    assert build_store(place, tmp_path, num_processes=1).is_complete


@pytest.mark.parametrize("name", ["means", "scores", "windows", "starts", "counts"])
@pytest.mark.parametrize("how", ["cut", "shorter", "flat", "text"])
def test_an_array_that_does_not_fit_is_no_store(place: Place, name: str, how: str) -> None:
    fill_store(place)
    path = place.folder / f"{name}.npy"
    array = np.load(path)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif how == "text":
        path.write_text("no array")
    else:
        np.save(path, array[:1] if how == "shorter" else np.zeros(()))
    assert place.open() is None


def test_counts_beyond_the_room_of_a_clip_are_damage(place: Place) -> None:
    fill_store(place)
    open_arrays(place.folder, "r+").counts[0] = 1_000
    assert place.open() is None


def test_a_damaged_store_of_the_same_folders_hinders_nothing(place: Place, tmp_path: Path) -> None:
    fill_store(place)
    other = place.folder.rename(place.folder.with_name("damaged"))
    np.save(other / "counts.npy", np.load(other / "counts.npy")[:2])
    assert build_store(place, tmp_path, num_processes=1).is_complete


def test_no_clips_are_no_rows(place: Place, tmp_path: Path) -> None:
    empty = Place(tmp_path / "none", [], [], TINY)
    store = build_store(empty, tmp_path)
    assert store.is_complete
    assert store.means.shape == (0, TINY.dimension)


def test_a_cache_folder_that_cannot_be_written_is_one_line(place: Place, tmp_path: Path) -> None:
    place.folder.parent.parent.mkdir(exist_ok=True)
    place.folder.parent.write_text("a file")
    with pytest.raises(FsatError, match="cannot keep embeddings in"):
        build_store(place, tmp_path)


def test_an_unfinished_store_says_what_to_run(dataset: Dataset, place: Place, tmp_path: Path) -> None:
    catalogue: pd.DataFrame = scan(dataset, tmp_path)
    with pytest.raises(FsatError, match=r"0 of \d+ clips .* Run `fsat embed`"):
        open_complete(dataset, catalogue, tmp_path, TINY)
    build_store(place, tmp_path, num_processes=1)
    assert open_complete(dataset, catalogue, tmp_path, TINY).is_complete


def test_a_layout_of_another_network_is_no_store(place: Place, tmp_path: Path) -> None:
    build_store(place, tmp_path, num_processes=1)
    layout = place.folder / "layout.json"
    layout.write_text(json.dumps(json.loads(layout.read_text()) | {"version": "2"}))
    assert place.open() is None
