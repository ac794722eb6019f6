"""What the demo set is to hold: its tables agree with its files, and say which labels are wrong."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.dataset.demo.clips import wav_file
from fsat_core.dataset.demo.plan import CLASSES, plan_demo
from fsat_core.dataset.demo.sounds import SOUNDS
from tests.helpers.demo_set import AUDIO_DIRS, odd_path, table


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


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
