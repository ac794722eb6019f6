"""The demo set: its tables agree with its files, its faults are there, it is written whole or not at all."""

import hashlib
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.dataset.demo import clips, write
from fsat_core.dataset.demo.clips import synthesise, wav_file
from fsat_core.dataset.demo.plan import CLASSES, plan_demo
from fsat_core.dataset.demo.sounds import SAMPLE_RATE, SOUNDS, Sound
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.layouts import open_dataset
from fsat_core.errors import DatasetError

AUDIO_DIRS = {"curated": "train_curated", "noisy": "train_noisy", "test": "test"}


@pytest.fixture(scope="module")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "demo"
    write_demo(out, seed=0)
    return out


@pytest.fixture
def short_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a few clips, for the tests that are about folders."""
    monkeypatch.setattr(write, "plan_demo", lambda seed: plan_demo(seed)[-4:])


def table(demo_dir: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(demo_dir / name, dtype=str, keep_default_na=False)


def odd_path(demo_dir: Path, kind: str) -> Path:
    rows = table(demo_dir, "demo_oddities.csv").query("kind == @kind")
    assert len(rows) == 1
    return demo_dir / AUDIO_DIRS[rows["split"].item()] / rows["fname"].item()


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# The same in a new folder and over an older demo set, of which nothing stays.
def test_same_seed_gives_the_same_bytes(demo_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "DEMO").write_text("Demo data of an older format\n")
    (tmp_path / "left_over.wav").write_bytes(b"")
    write_demo(tmp_path, seed=0)
    assert hashes(tmp_path) == hashes(demo_dir)


def test_another_seed_gives_other_names_and_sounds() -> None:
    first, second = plan_demo(0), plan_demo(1)
    assert not {clip.fname for clip in first} & {clip.fname for clip in second}
    assert wav_file(first[-1], seed=0) != wav_file(first[-1], seed=1)


@pytest.mark.parametrize(
    ("split", "name"),
    [("curated", "train_curated.csv"), ("noisy", "train_noisy.csv"), ("test", "sample_submission.csv")],
)
def test_tables_list_the_files(demo_dir: Path, split: str, name: str) -> None:
    fnames = table(demo_dir, name)["fname"]
    assert fnames.is_unique
    assert fnames.str.fullmatch(r"[0-9a-f]{8}\.wav").all()
    assert set(fnames) == {path.name for path in (demo_dir / AUDIO_DIRS[split]).iterdir()}


def test_names_do_not_clash_between_splits() -> None:
    fnames = [clip.fname for clip in plan_demo(0)]
    assert len(set(fnames)) == len(fnames)


def test_classes(demo_dir: Path) -> None:
    header = list(table(demo_dir, "sample_submission.csv").columns)
    used = set()
    for name in ("train_curated.csv", "train_noisy.csv", "test_truth.csv"):
        used |= set(",".join(table(demo_dir, name)["labels"]).split(","))
    assert header == ["fname", *sorted(SOUNDS)]
    assert list(CLASSES) == sorted(SOUNDS)
    assert used == set(SOUNDS)


def test_curated_labels(demo_dir: Path) -> None:
    labels = table(demo_dir, "train_curated.csv")["labels"].str.split(",")
    assert len(labels) == 120
    multi = labels[labels.str.len() > 1]
    assert len(multi) == 14
    assert all(len(set(names)) == 2 and set(names) <= set(SOUNDS) for names in multi)
    counts = labels[labels.str.len() == 1].str[0].value_counts()
    assert counts.min() >= 5
    assert counts.nunique() > 4


def test_test_part_has_three_clips_per_class_and_their_truth(demo_dir: Path) -> None:
    truth = table(demo_dir, "test_truth.csv")
    assert truth["labels"].value_counts().to_dict() == dict.fromkeys(SOUNDS, 3)
    assert list(truth["fname"]) == list(table(demo_dir, "sample_submission.csv")["fname"])


def test_truth_lists_the_wrong_labels(demo_dir: Path) -> None:
    truth = table(demo_dir, "demo_truth.csv")
    wrong = truth[truth["kind"] == "wrong"]
    assert wrong["split"].value_counts().to_dict() == {"noisy": 19, "curated": 7}
    for row in truth.itertuples():
        assert (row.labels != row.given_labels) == (row.kind == "wrong")
    for split in ("curated", "noisy"):
        given = table(demo_dir, f"train_{split}.csv").set_index("fname")["labels"]
        part = truth[truth["split"] == split].set_index("fname")
        assert (given[part.index] == part["given_labels"]).all()
    assert set(truth.query("split == 'noisy'")["fname"]) == set(table(demo_dir, "train_noisy.csv")["fname"])


# The copy has another label than its original, and `demo_truth.csv` says which of the two is right.
def test_duplicate(demo_dir: Path) -> None:
    path = odd_path(demo_dir, "duplicate")
    original = table(demo_dir, "demo_oddities.csv").query("kind == 'duplicate'")["copy_of"].item()
    labels = table(demo_dir, "train_curated.csv").set_index("fname")["labels"]
    truth = table(demo_dir, "demo_truth.csv").set_index("fname")["labels"]
    assert path.name != original
    assert path.read_bytes() == (path.parent / original).read_bytes()
    assert labels[path.name] != labels[original]
    assert truth[path.name] == labels[original]
    contents = [digest for name, digest in hashes(demo_dir).items() if name.endswith(".wav")]
    assert len(set(contents)) == len(contents) - 1


def test_abnormal_length(demo_dir: Path) -> None:
    assert sf.info(odd_path(demo_dir, "abnormal_length")).frames == 2_538_889


def test_silence(demo_dir: Path) -> None:
    wave, _ = sf.read(odd_path(demo_dir, "silence"))
    assert len(wave) > 0
    assert not wave.any()


def test_clipping(demo_dir: Path) -> None:
    wave, _ = sf.read(odd_path(demo_dir, "clipping"), dtype="int16")
    assert np.mean((wave == 32767) | (wave <= -32767)) > 0.02


def test_stereo(demo_dir: Path) -> None:
    wave, _ = sf.read(odd_path(demo_dir, "stereo"))
    assert wave.shape[1] == 2
    assert not np.array_equal(wave[:, 0], wave[:, 1])


def test_24_bit(demo_dir: Path) -> None:
    assert sf.info(odd_path(demo_dir, "24_bit")).subtype == "PCM_24"


def test_truncated_file_promises_more_than_it_holds(demo_dir: Path) -> None:
    content = odd_path(demo_dir, "truncated").read_bytes()
    data = content.index(b"data")
    promised = int.from_bytes(content[data + 4 : data + 8], "little")
    assert promised > 1.5 * len(content[data + 8 :])


def test_one_unusual_length_is_shared(demo_dir: Path) -> None:
    rows = table(demo_dir, "demo_oddities.csv").query("kind == 'shared_length'")
    frames = pd.Series({path.name: sf.info(path).frames for path in (demo_dir / "train_curated").iterdir()})
    shared = frames[rows["fname"]].unique()
    assert len(rows) >= 4
    assert len(shared) == 1
    assert set(frames[frames == shared[0]].index) == set(rows["fname"])
    assert (frames[frames != shared[0]].value_counts() <= 2).all()


def test_every_other_clip_is_plain(demo_dir: Path) -> None:
    odd = table(demo_dir, "demo_oddities.csv").query("kind not in ('shared_length', 'duplicate')")
    paths = [path for path in demo_dir.rglob("*.wav") if path.name not in set(odd["fname"])]
    for path in paths:
        info = sf.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (44_100, 1, "PCM_16")
        assert 0.29 < info.duration <= 8
        wave, _ = sf.read(path)
        assert 0.1 < np.abs(wave).max() < 0.9
        assert abs(wave.mean()) < 0.01


# A network can only learn the classes if they differ; two bands tell most of them apart by a wide margin.
def test_sounds_differ() -> None:
    def centroid(name: str) -> float:
        wave = synthesise([name], np.random.default_rng(5), 2 * SAMPLE_RATE)
        power = np.square(np.abs(np.fft.rfft(wave)))
        return float(np.average(np.fft.rfftfreq(len(wave), 1 / SAMPLE_RATE), weights=power))

    assert centroid("Bass_drum") < 200 < centroid("Male_singing") < 2000
    assert 2000 < centroid("Chirp_and_tweet") < centroid("Cricket") < 7000 < centroid("Hi-hat")


# Whatever level the two come with, they end up about equally loud.
def test_both_sounds_of_a_mix_are_audible(monkeypatch: pytest.MonkeyPatch) -> None:
    def tone(frequency_hz: float, level: float) -> Sound:
        def make(rng: np.random.Generator, num_frames: int) -> np.ndarray:
            return level * np.sin(2 * np.pi * frequency_hz * np.arange(num_frames) / SAMPLE_RATE)

        return Sound(make, typical_s=1)

    monkeypatch.setattr(clips, "SOUNDS", {"Low": tone(100, 1000), "High": tone(3000, 0.001)})
    for seed in range(10):
        mix = synthesise(["Low", "High"], np.random.default_rng(seed), SAMPLE_RATE)
        spectrum = np.abs(np.fft.rfft(mix))  # one second: bin k is k Hz
        assert 0.25 < spectrum[100] / spectrum[3000] < 4


def test_progress_counts_every_clip(short_plan: None, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_demo(tmp_path / "demo", progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_open_dataset_reads_it(demo_dir: Path) -> None:
    dataset = open_dataset(demo_dir)
    assert dataset.is_demo
    assert dataset.layout == "kaggle"
    assert dataset.classes == tuple(sorted(SOUNDS))
    assert dataset.table["split"].value_counts().to_dict() == {"curated": 120, "noisy": 48, "test": 36}


def test_marker_says_in_two_lines_that_the_set_is_synthesised(demo_dir: Path) -> None:
    lines = (demo_dir / "DEMO").read_text().splitlines()
    assert len(lines) == 2
    assert "synthesised" in lines[0]
    assert "seed 0" in lines[1]


def test_a_set_of_the_same_seed_is_kept(short_plan: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_demo(out, seed=3)
    (out / "note.txt").write_text("mine")
    lock = tmp_path / ".demo.demo-lock"
    lock.unlink()
    write_demo(out, seed=3, progress=interrupt)
    assert (out / "note.txt").is_file()
    assert not lock.exists()  # a set on a read-only disk can be opened too
    write_demo(out, seed=4)
    assert not (out / "note.txt").exists()
    assert "seed 4" in (out / "DEMO").read_text()


def test_a_foreign_folder_is_refused_and_left_alone(short_plan: None, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DatasetError, match="other files in it") as refusal:
        write_demo(tmp_path)
    assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_refused(short_plan: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    out.write_text("not a folder")
    with pytest.raises(DatasetError, match="is a file"):
        write_demo(out)
    with pytest.raises(DatasetError, match="Cannot write the demo set"):
        write_demo(out / "below")
    assert out.read_text() == "not a folder"


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="seed -1"):
        write_demo(tmp_path / "demo", seed=-1)


def test_an_interrupted_run_leaves_no_half_set(short_plan: None, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path / "demo", progress=interrupt)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_an_interrupted_run_leaves_the_older_set(short_plan: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_demo(out, seed=0)
    before = hashes(out)
    with pytest.raises(KeyboardInterrupt):
        write_demo(out, seed=1, progress=interrupt)
    assert hashes(out) == before
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [out]


def test_leftovers_of_a_killed_run_are_no_hindrance(short_plan: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    partial = tmp_path / ".demo.demo-partial"
    (partial / "train_curated").mkdir(parents=True)
    (partial / "half.wav").write_bytes(b"")
    write_demo(out)
    assert not (out / "half.wav").exists()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [out]


# Two visitors open the app for the first time at once.
def test_two_writers_at_once_make_one_set(short_plan: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    second = Thread(target=write_demo, args=(out,))
    calls: list[int] = []

    def start_the_second(done: int, total: int) -> None:
        calls.append(done)
        if done == 1:
            second.start()
            second.join(timeout=0.3)
            assert second.is_alive()  # it waits

    write_demo(out, progress=start_the_second)
    second.join()
    assert calls == [1, 2, 3, 4]
    assert (out / "DEMO").is_file()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [out]


def interrupt(done: int, total: int) -> None:
    if done == 2:
        raise KeyboardInterrupt
