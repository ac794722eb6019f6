"""Saved folds: complete ones, and what makes one that is to be trained anew."""

import json
import os
import pickle
import zipfile
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from fsat_core.errors import RunError
from fsat_core.runs import Run
from fsat_core.runs.saved_folds import SavedFolds, load_test_predictions, read_standardiser
from tests.helpers.messages import whole_message


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


class Code:
    """An object that runs when a pickle of it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        """Touches a file."""
        return (Path.touch, (self.path,))


HUGE = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000), }"


NOT_ITS_OWN = "it names clips that are not this fold's"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("oof.npy", None, "it is missing"),
        ("oof.npy", b"", "it is cut or of another type"),
        ("oof.npy", HUGE.ljust(127) + b"\n" + b"x" * 100, "it is cut or of another type"),
        ("oof.npy", np.zeros((6, 4), np.float32), "it does not hold numbers of shape (6, 3)"),
        ("oof.npy", np.zeros((6, 3), np.int64), "it does not hold numbers of shape (6, 3)"),
        ("oof.npy", np.array([[1, {}]], dtype=object), "it is cut or of another type"),
        ("oof.npy", np.zeros((5, 3), np.float32), "it does not hold numbers of shape (6, 3)"),
        ("oof.npy", np.full((6, 3), np.inf, np.float32), "it holds values that are not finite"),
        ("test.npy", np.full((4, 3), np.nan, np.float32), "it holds values that are not finite"),
        ("best.keras", b"PK\x03\x04 cut", "it is cut or of another type"),
        ("best.keras", None, "it is missing"),
        ("statistics.npz", None, "it is missing"),
        ("statistics.npz", b"text", "it is cut or of another type"),
        ("clips.json", json.dumps({"oof": ["curated/other.wav"], "test": []}).encode(), NOT_ITS_OWN),
        ("clips.json", json.dumps({"oof": [], "test": ["test/other.wav"]}).encode(), NOT_ITS_OWN),
        ("clips.json", json.dumps({"oof": [], "test": ["test/test_bark.wav"] * 2}).encode(), NOT_ITS_OWN),
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
    assert saved.fault(0) == ""
    assert whole_message(saved.fault(1)) == (
        f"Run '{finished.run_id}': fold_01/{name} cannot be read ({reason}); expected what that fold saved. "
        "Resume the run, which trains this fold anew."
    )


def test_a_fold_that_is_a_file_is_not_complete(finished: Run) -> None:
    for path in finished.fold_dir(1).iterdir():
        path.unlink()
    finished.fold_dir(1).rmdir()
    finished.fold_dir(1).touch()
    assert SavedFolds(finished).complete() == [0]


@pytest.mark.parametrize(
    ("name", "fault"), [*product(("mean", "std"), ("shape", "whole numbers", "nan", "inf")), ("std", "zero")]
)
def test_a_standardiser_that_would_spoil_every_answer_is_damaged(
    finished: Run, name: str, fault: str
) -> None:
    shape = finished.feature_spec.input_shape
    values = {part: np.ones(shape, np.float32) for part in ("mean", "std")}
    expected = f"it does not hold finite numbers of shape {shape}"
    match fault:
        case "shape":
            values[name] = values[name][..., 0]
        case "whole numbers":
            values[name] = values[name].astype(np.int64)
        case "nan" | "inf":
            values[name][-1] = float(fault)
        case "zero":
            values[name][-1], expected = 0, "a deviation is not above 0"
    np.savez(finished.fold_dir(0) / "statistics.npz", mean=values["mean"], std=values["std"])
    with pytest.raises(RunError) as caught:
        read_standardiser(finished, 0)
    assert f"fold_00/statistics.npz cannot be read ({expected}); expected" in str(caught.value)


def test_a_network_on_waves_has_no_standardiser(finished_runs: dict[str, Run]) -> None:
    assert read_standardiser(finished_runs["wave_dummy"], 0) is None


def test_a_network_of_which_a_part_is_damaged_is_not_complete(finished: Run) -> None:
    path = finished.fold_dir(0) / "best.keras"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("config.json", b"{}" * 100)
    path.write_bytes(path.read_bytes().replace(b"{}{}", b"{}}{", 1))
    assert "best.keras cannot be read (its part config.json is damaged)" in SavedFolds(finished).fault(0)


@pytest.mark.parametrize("name", ["oof.npy", "test.npy", "best.keras", "statistics.npz", "clips.json"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(finished: Run, name: str) -> None:
    (finished.fold_dir(0) / name).unlink()
    os.mkfifo(finished.fold_dir(0) / name)
    assert f"fold_00/{name} cannot be read (it is " in SavedFolds(finished).fault(0)


@pytest.mark.parametrize("name", ["oof.npy", "test.npy"])
def test_nothing_that_predictions_hold_is_run(finished: Run, tmp_path: Path, name: str) -> None:
    (finished.fold_dir(0) / name).write_bytes(pickle.dumps(Code(tmp_path / "run")))
    assert f"{name} cannot be read (it is cut or of another type)" in SavedFolds(finished).fault(0)
    assert not (tmp_path / "run").exists()


def test_an_archive_in_place_of_predictions_is_of_another_type(finished: Run) -> None:
    with (finished.fold_dir(0) / "oof.npy").open("wb") as file:
        np.savez(file, oof=np.zeros((6, 3), np.float32))
    assert "oof.npy cannot be read (it does not hold numbers" in SavedFolds(finished).fault(0)


def test_a_fold_may_have_no_clips_at_all(finished: Run) -> None:
    (finished.fold_dir(0) / "clips.json").write_text('{"oof": [], "test": []}')
    np.save(finished.fold_dir(0) / "oof.npy", np.zeros((0, 3), np.float32))
    (finished.fold_dir(0) / "test.npy").unlink()
    fold = SavedFolds(finished).read(0)
    assert (fold.oof.shape, fold.test.shape) == ((0, 3), (0, 3))
    assert SavedFolds(finished).complete() == [0, 1]
    assert SavedFolds(finished).shared_test_clips() == set()


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
