"""The header scan: what unreadable files become, what is cached, and what is read again."""

import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.audio.header import AudioHeader
from fsat_core.audio.store.clip_store import MISSING, ClipStore
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.statistics import summarise
from tests.helpers.sound_files import plain_wav

NUM_CLIPS = 22


class CountingReader:
    """Reads headers, remembers which files it was asked for, and can fail at the n-th."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.fail_at = 0

    def __call__(self, store: ClipStore, fname: str) -> tuple[AudioHeader, int]:
        if self.fail_at and self.calls.total() + 1 == self.fail_at:
            raise KeyboardInterrupt
        if store.stamp(fname) != MISSING:
            self.calls[Path(fname).name] += 1
        return store.read_header(fname)


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def row(catalogue: pd.DataFrame, clip_id: str) -> pd.Series:
    return catalogue.set_index("clip_id").loc[clip_id]


def test_facts_of_a_clip(kaggle_set: Path, cache_dir: Path) -> None:
    path = kaggle_set / "train_curated" / "duet_0.wav"
    sf.write(path, np.zeros((4_410, 2)), 44_100, subtype="PCM_24")
    facts = row(scan(open_dataset(kaggle_set), cache_dir), "curated/duet_0.wav")
    assert facts["num_frames"] == 4_410
    assert facts["sample_rate"] == 44_100
    assert facts["num_channels"] == 2
    assert facts["duration_s"] == pytest.approx(0.1)
    assert facts["subtype"] == "PCM_24"
    assert facts["num_bytes"] == path.stat().st_size
    assert facts["num_labels"] == 2
    assert facts["error"] == ""


def test_unreadable_files_are_rows_with_their_error(kaggle_set: Path, cache_dir: Path) -> None:
    audio = kaggle_set / "train_curated"
    (audio / "bark_0.wav").write_bytes((audio / "bark_0.wav").read_bytes()[:3_000])
    (audio / "bark_1.wav").write_bytes(b"")
    (audio / "bark_2.wav").write_text("these are notes, not sound\n")
    (audio / "bark_3.wav").unlink()
    (audio / "knock_0.wav").unlink()
    (audio / "knock_0.wav").symlink_to(audio / "gone.wav")
    catalogue = scan(open_dataset(kaggle_set), cache_dir)

    expected = {
        "bark_0.wav": "truncated",
        "bark_1.wav": "empty",
        "bark_2.wav": "text file",
        "bark_3.wav": "no such file",
        "knock_0.wav": "no such file",
    }
    for fname, reason in expected.items():
        facts = row(catalogue, f"curated/{fname}")
        assert reason in facts["error"]
        assert fname in facts["error"]
        assert "\n" not in facts["error"]
        assert (facts["num_frames"], facts["sample_rate"], facts["num_channels"]) == (0, 0, 0)
        assert np.isnan(facts["duration_s"])
        assert facts["subtype"] == ""
    assert (catalogue["error"] != "").sum() == len(expected)
    assert len(catalogue) == NUM_CLIPS
    assert summarise(hold_catalogue(catalogue))["num_errors"] == len(expected)


def test_a_set_without_any_audio_is_all_errors(kaggle_set: Path, cache_dir: Path) -> None:
    for folder in ("train_curated", "train_noisy", "test"):
        for path in (kaggle_set / folder).iterdir():
            path.unlink()
        (kaggle_set / folder).rmdir()
    catalogue = scan(open_dataset(kaggle_set), cache_dir)
    assert len(catalogue) == NUM_CLIPS
    assert catalogue["error"].str.contains("no such file").all()
    assert catalogue["duration_s"].isna().all()


def test_a_part_without_a_folder_is_not_looked_for_elsewhere(
    kaggle_set: Path, cache_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kaggle_set / "train_noisy").rename(tmp_path / "None")
    monkeypatch.chdir(tmp_path)
    catalogue = scan(open_dataset(kaggle_set), cache_dir)
    assert catalogue.loc[catalogue["error"] != "", "split"].tolist() == ["noisy"] * 4


def test_a_name_that_no_file_can_have_is_an_error(kaggle_set: Path, cache_dir: Path) -> None:
    dataset = open_dataset(kaggle_set)
    dataset.table.loc[0, "fname"] = "bark\0.wav"
    for _ in range(2):
        catalogue = scan(dataset, cache_dir)
        assert "no such file" in catalogue["error"][0]
        assert catalogue["error"][1:].eq("").all()


def test_rows_in_another_order_keep_their_facts(kaggle_set: Path, cache_dir: Path) -> None:
    first = scan(open_dataset(kaggle_set), cache_dir)
    reader = CountingReader()
    table = kaggle_set / "train_curated.csv"
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([header, *reversed(rows[1:])]))
    second = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert reader.calls.total() == 0
    assert len(second) == NUM_CLIPS - 1
    pd.testing.assert_frame_equal(
        second.set_index("clip_id"), first.set_index("clip_id").loc[second["clip_id"]]
    )


def test_files_that_no_table_names_are_not_opened(kaggle_set: Path, cache_dir: Path) -> None:
    reader = CountingReader()
    (kaggle_set / "train_curated" / "stranger.wav").write_bytes(b"")
    assert len(scan(open_dataset(kaggle_set), cache_dir, read=reader)) == NUM_CLIPS
    assert "stranger.wav" not in reader.calls


def test_second_scan_opens_nothing(kaggle_set: Path, cache_dir: Path) -> None:
    reader = CountingReader()
    first = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert reader.calls.total() == NUM_CLIPS
    reader.calls.clear()
    second = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert reader.calls.total() == 0
    pd.testing.assert_frame_equal(first, second)


def test_only_new_and_changed_files_are_read_again(kaggle_set: Path, cache_dir: Path) -> None:
    scan(open_dataset(kaggle_set), cache_dir)
    reader = CountingReader()
    audio = kaggle_set / "train_curated"
    sf.write(audio / "bark_0.wav", np.zeros(1_234), 8_000)
    sf.write(audio / "added.wav", np.zeros(77), 8_000)
    table = kaggle_set / "train_curated.csv"
    table.write_text(table.read_text() + "added.wav,Bark\n")
    same_size = audio / "bark_1.wav"
    os.utime(same_size, ns=(0, same_size.stat().st_mtime_ns + 1))

    catalogue = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert reader.calls == {"bark_0.wav": 1, "added.wav": 1, "bark_1.wav": 1}
    assert row(catalogue, "curated/bark_0.wav")["num_frames"] == 1_234
    assert row(catalogue, "curated/added.wav")["num_frames"] == 77


def test_a_mended_file_loses_its_error(kaggle_set: Path, cache_dir: Path) -> None:
    path = kaggle_set / "test" / "test_bark.wav"
    content = path.read_bytes()
    path.write_bytes(content[:100])
    assert row(scan(open_dataset(kaggle_set), cache_dir), "test/test_bark.wav")["error"] != ""
    path.write_bytes(content)
    assert row(scan(open_dataset(kaggle_set), cache_dir), "test/test_bark.wav")["error"] == ""


def test_a_deleted_file_becomes_an_error(kaggle_set: Path, cache_dir: Path) -> None:
    scan(open_dataset(kaggle_set), cache_dir)
    reader = CountingReader()
    (kaggle_set / "test" / "test_bark.wav").unlink()
    catalogue = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert "no such file" in row(catalogue, "test/test_bark.wav")["error"]
    assert (catalogue["error"] != "").sum() == 1
    assert reader.calls.total() == 0


def test_new_labels_need_no_reading(kaggle_set: Path, cache_dir: Path) -> None:
    scan(open_dataset(kaggle_set), cache_dir)
    reader = CountingReader()
    table = kaggle_set / "train_curated.csv"
    table.write_text(table.read_text().replace("bark_0.wav,Bark", 'bark_0.wav,"Bark,Knock"'))
    catalogue = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert row(catalogue, "curated/bark_0.wav")["num_labels"] == 2
    assert reader.calls.total() == 0


def test_an_interrupted_scan_goes_on_where_it_was(kaggle_set: Path, cache_dir: Path) -> None:
    reader = CountingReader()
    reader.fail_at = 10
    with pytest.raises(KeyboardInterrupt):
        scan(open_dataset(kaggle_set), cache_dir, read=reader, save_every_s=-1)  # after every file
    reader.fail_at = 0
    catalogue = scan(open_dataset(kaggle_set), cache_dir, read=reader)
    assert reader.calls.total() == NUM_CLIPS
    assert set(reader.calls.values()) == {1}
    assert catalogue["error"].eq("").all()


@pytest.mark.parametrize("content", [b"", b"not parquet at all"])
def test_a_damaged_cache_is_made_anew(kaggle_set: Path, cache_dir: Path, content: bytes) -> None:
    first = scan(open_dataset(kaggle_set), cache_dir)
    (cache,) = (cache_dir / "catalogues").glob("*.parquet")
    cache.write_bytes(content)
    pd.testing.assert_frame_equal(scan(open_dataset(kaggle_set), cache_dir), first)


def test_two_sets_do_not_share_a_cache(kaggle_set: Path, zenodo_set: Path, cache_dir: Path) -> None:
    scan(open_dataset(kaggle_set), cache_dir)
    scan(open_dataset(zenodo_set), cache_dir)
    assert len(list((cache_dir / "catalogues").glob("*.parquet"))) == 2


def test_progress_counts_cached_files_as_done(kaggle_set: Path, cache_dir: Path) -> None:
    scan(open_dataset(kaggle_set), cache_dir)
    with (kaggle_set / "train_noisy.csv").open("a") as table:
        table.writelines(f"missing_{number}.wav,Bark\n" for number in range(450))
    reports: list[tuple[int, int]] = []
    scan(open_dataset(kaggle_set), cache_dir, progress=lambda done, total: reports.append((done, total)))
    total = NUM_CLIPS + 450
    assert reports == [(NUM_CLIPS + 200, total), (NUM_CLIPS + 400, total), (total, total)]


def test_a_clip_whose_header_claims_a_little_more_has_a_warning(kaggle_set: Path, cache_dir: Path) -> None:
    (kaggle_set / "train_curated" / "bark_0.wav").write_bytes(plain_wav(data_size=216))
    for _ in range(2):  # also from the cache
        catalogue = scan(open_dataset(kaggle_set), cache_dir)
        facts = row(catalogue, "curated/bark_0.wav")
        assert (facts["num_frames"], facts["error"]) == (100, "")
        assert facts["warning"].startswith("The header promises 108 frames and the file holds 100")
        assert (catalogue["warning"] != "").sum() == summarise(hold_catalogue(catalogue))["num_warnings"] == 1


def test_files_are_read_anew_by_another_setting(
    kaggle_set: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kaggle_set / "train_curated" / "bark_0.wav").write_bytes(plain_wav(data_size=400))
    dataset = open_dataset(kaggle_set)
    assert "truncated" in row(scan(dataset, cache_dir), "curated/bark_0.wav")["error"]
    monkeypatch.setenv("FSAT_READ_TRUNCATED", "1")
    facts = row(scan(dataset, cache_dir), "curated/bark_0.wav")
    assert (facts["num_frames"], facts["error"], facts["warning"] != "") == (100, "", True)
    monkeypatch.delenv("FSAT_READ_TRUNCATED")
    assert "truncated" in row(scan(dataset, cache_dir), "curated/bark_0.wav")["error"]


def test_what_is_no_regular_file_stops_no_scan(kaggle_set: Path, cache_dir: Path) -> None:
    audio = kaggle_set / "train_curated"
    for fname in ("bark_0.wav", "bark_1.wav", "bark_2.wav"):
        (audio / fname).unlink()
    os.mkfifo(audio / "bark_0.wav")
    (audio / "bark_1.wav").mkdir()
    (audio / "bark_2.wav").symlink_to("/dev/zero")
    catalogue = scan(open_dataset(kaggle_set), cache_dir)
    errors = catalogue.set_index("clip_id")["error"]
    for number, what in enumerate(("a named pipe", "a folder", "a device")):
        assert f"cannot be opened (it is {what})" in errors[f"curated/bark_{number}.wav"]
    assert (errors != "").sum() == 3


def test_what_nobody_has_read_for_months_is_removed(kaggle_set: Path, cache_dir: Path) -> None:
    scan(open_dataset(kaggle_set), cache_dir)
    (own,) = (cache_dir / "catalogues").iterdir()
    gone, recent = own.with_name("gone.parquet"), own.with_name("recent.deep.parquet")
    for path, age_days in ((own, 200), (gone, 100), (recent, 10)):
        path.touch()
        os.utime(path, (time.time() - age_days * 24 * 3600,) * 2)
    scan(open_dataset(kaggle_set), cache_dir)  # which reads its own, and has nothing to write
    assert gone.exists()
    (kaggle_set / "train_curated" / "bark_0.wav").touch()
    scan(open_dataset(kaggle_set), cache_dir)
    assert sorted((cache_dir / "catalogues").iterdir()) == sorted([own, recent])
