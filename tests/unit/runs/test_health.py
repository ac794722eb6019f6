"""What of a finished run is damaged: a line each, and none about what was never there."""

import json
import shutil

import pytest

from fsat_core.errors import RunError
from fsat_core.runs import Run, faults_of_results


def test_a_whole_run_has_no_fault(finished: Run) -> None:
    assert faults_of_results(finished) == []


def test_each_damage_is_one_line(finished: Run) -> None:
    (finished.fold_dir(0) / "oof.npy").unlink()
    (finished.fold_dir(1) / "best.keras").write_bytes(b"cut")
    (finished.path / "oof.parquet").unlink()
    (finished.path / "test.parquet").write_bytes(b"")
    (finished.path / "scores.json").unlink()
    first, second, oof, test, scores = faults_of_results(finished)
    assert "fold_00/oof.npy cannot be read (it is missing)" in first
    assert "fold_01/best.keras cannot be read (it is cut or of another type)" in second
    assert "has no oof.parquet" in oof
    assert "test.parquet cannot be read" in test
    assert scores == (
        f"Run '{finished.run_id}': scores.json is missing; expected its scores. "
        "Resume the run, which writes it anew."
    )


def test_a_fold_that_does_not_say_which_clips_it_has_is_one_line(finished: Run) -> None:
    (finished.fold_dir(0) / "clips.json").write_text("{")
    (line,) = faults_of_results(finished)
    assert "fold_00/clips.json cannot be read (it is not JSON)" in line


def test_test_clips_that_went_before_a_fold_was_trained_are_not_missed(finished: Run) -> None:
    clips = finished.fold_dir(1) / "clips.json"
    clips.write_text(json.dumps(json.loads(clips.read_text()) | {"test": []}))
    (finished.path / "test.parquet").unlink()
    assert faults_of_results(finished) == []


def test_what_resuming_does_not_mend_is_an_error(finished: Run) -> None:
    shutil.move(finished.path / "labels.csv", finished.path / "other.csv")
    with pytest.raises(RunError, match=r"labels\.csv cannot be read \(it is missing\)"):
        faults_of_results(finished)
