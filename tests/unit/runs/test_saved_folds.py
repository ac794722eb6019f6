"""Saved folds: complete ones, and what makes one that is to be trained anew."""

import json
from pathlib import Path

import numpy as np
import pytest

from fsat_core.errors import RunError
from fsat_core.runs import Run
from fsat_core.runs.saved_folds import SavedFolds, load_test_predictions, read_standardiser


def test_a_whole_fold_is_read_with_its_clips(finished: Run) -> None:
    fold = SavedFolds(finished).read(1)
    labels = finished.labels()
    assert fold.oof_ids == labels.loc[labels["fold"] == 1, "clip_id"].tolist()
    assert fold.test_ids == finished.test_clips()
    np.testing.assert_array_equal(fold.oof, np.load(finished.fold_dir(1) / "oof.npy"))
    assert fold.test.shape == (4, 3)
    assert SavedFolds(finished).complete() == [0, 1]


def test_a_fold_without_clips_is_one_of_an_older_version(finished: Run) -> None:
    expected = SavedFolds(finished).read(0)
    (finished.fold_dir(0) / "clips.json").unlink()
    assert SavedFolds(finished).read(0).oof_ids == expected.oof_ids
    assert SavedFolds(finished).complete() == [0, 1]


def save(path: Path, array: np.ndarray) -> None:
    np.save(path, array, allow_pickle=True)


HUGE = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000), }"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("oof.npy", None, "it is missing"),
        ("oof.npy", b"", "it is cut or of another type"),
        ("oof.npy", HUGE.ljust(127) + b"\n" + b"x" * 100, "it is cut or of another type"),
        ("oof.npy", np.zeros((6, 4), np.float32), "it does not hold numbers of shape (6, 3)"),
        ("oof.npy", np.zeros((6, 3), np.int64), "it does not hold numbers of shape (6, 3)"),
        ("oof.npy", np.array([[1, {}]], dtype=object), "it is cut or of another type"),
        ("test.npy", np.full((4, 3), np.nan, np.float32), "it holds values that are not finite"),
        ("best.keras", b"PK\x03\x04 cut", "it is cut or of another type"),
        ("best.keras", None, "it is missing"),
        ("statistics.npz", None, "it is missing"),
        ("statistics.npz", b"text", "it is cut or of another type"),
        ("clips.json", json.dumps({"oof": ["curated/other.wav"], "test": []}).encode(), "it names clips"),
        ("clips.json", b"[]", "it holds []"),
    ],
)
def test_a_damaged_fold_is_not_complete(
    finished: Run, name: str, content: bytes | np.ndarray | None, reason: str
) -> None:
    path = finished.fold_dir(1) / name
    path.unlink()
    if isinstance(content, np.ndarray):
        save(path, content)
    elif content is not None:
        path.write_bytes(content)
    saved = SavedFolds(finished)
    assert saved.complete() == [0]
    assert f"fold_01/{name} cannot be read ({reason}" in saved.fault(1)
    assert "\n" not in saved.fault(1)


def test_a_fold_that_is_a_file_is_not_complete(finished: Run) -> None:
    for path in finished.fold_dir(1).iterdir():
        path.unlink()
    finished.fold_dir(1).rmdir()
    finished.fold_dir(1).touch()
    assert SavedFolds(finished).complete() == [0]


def test_a_standardiser_of_zeros_or_nan_is_damaged(finished: Run) -> None:
    shape = finished.feature_spec.input_shape
    for std in (np.zeros(shape, np.float32), np.full(shape, np.nan, np.float32)):
        np.savez(finished.fold_dir(0) / "statistics.npz", mean=np.zeros(shape, np.float32), std=std)
        with pytest.raises(RunError, match=r"fold_00/statistics\.npz cannot be read"):
            read_standardiser(finished, 0)


def test_test_clips_that_a_fold_lacks_are_left_out_of_all(finished: Run) -> None:
    folder = finished.fold_dir(1)
    clips = json.loads((folder / "clips.json").read_text())
    (folder / "clips.json").write_text(json.dumps({**clips, "test": clips["test"][2:0:-1]}))
    values = np.load(folder / "test.npy")[2:0:-1]
    np.save(folder / "test.npy", values)
    clip_ids, members = load_test_predictions(finished, [0, 1])
    assert clip_ids == clips["test"][1:3], "in the order of the first fold"
    np.testing.assert_array_equal(members[1], values[::-1])
    np.testing.assert_array_equal(members[0], np.load(finished.fold_dir(0) / "test.npy")[1:3])
