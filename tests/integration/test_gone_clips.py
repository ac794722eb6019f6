"""Clips that go while a run trains: folds that were trained stay, and the others are put together by clip."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import Stopped
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.attempt import mark_attempt
from fsat_core.training.fold import begin_fold, fit_fold, predict_fold, train_fold
from fsat_core.training.worker import _Worker, run_worker

NewRun = Callable[..., Run]
CLASSES = ["Bark", "Knock", "Meow"]


@pytest.mark.parametrize("where", ["train_curated", "test"])
def test_a_clip_that_goes_after_its_fold_was_trained_is_left_out_of_the_others(
    settings: Settings, new_run: NewRun, where: str
) -> None:
    run = new_run("mfcc_dummy", n_folds=3)
    finish_fold(run, settings, 0)
    before = {path: path.read_bytes() for path in run.fold_dir(0).iterdir()}
    clips = (
        run.labels() if where == "train_curated" else pd.DataFrame({"clip_id": run.test_clips(), "fold": 0})
    )
    gone = clips.loc[clips["fold"] == 0, "clip_id"].iloc[0]
    (settings.data_dir / where / gone.partition("/")[2]).unlink()

    status = run_worker(run, settings)

    assert (status.state, status.error) == ("finished", "")
    assert {path: path.read_bytes() for path in run.fold_dir(0).iterdir()} == before
    assert any(gone in line and "gone.csv" in line for line in status.warnings)
    assert run.gone()["clip_id"].tolist() == [gone]
    oof = pd.read_parquet(run.path / "oof.parquet")
    test = pd.read_parquet(run.path / "test.parquet")
    assert oof["clip_id"].tolist() == run.labels()["clip_id"].tolist(), "its own fold knew it"
    for fold in range(3):
        row = oof["clip_id"].isin(run.labels().query("fold == @fold")["clip_id"])
        np.testing.assert_array_equal(oof.loc[row, CLASSES], np.load(run.fold_dir(fold) / "oof.npy"))
    assert test["clip_id"].tolist() == [clip_id for clip_id in run.test_clips() if clip_id != gone]


def test_a_clip_that_goes_before_its_fold_is_trained_is_left_out_of_the_results(
    settings: Settings, new_run: NewRun
) -> None:
    run = new_run("wave_dummy")
    finish_fold(run, settings, 0)
    gone = run.labels().query("fold == 1")["clip_id"].iloc[0]
    (settings.data_dir / "train_curated" / gone.partition("/")[2]).write_bytes(b"no sound any more")

    status = run_worker(run, settings)

    assert status.state == "finished"
    assert any(line.startswith("1 training clip went") for line in status.warnings)
    oof = pd.read_parquet(run.path / "oof.parquet")
    assert oof["clip_id"].tolist() == [each for each in run.labels()["clip_id"] if each != gone]
    assert run.skipped().empty, "what was pinned stays pinned"


def test_a_run_without_any_of_its_clips_says_where_they_have_to_be(
    settings: Settings, new_run: NewRun
) -> None:
    run = new_run()
    finish_fold(run, settings, 0)
    for path in (settings.data_dir / "train_curated").iterdir():
        path.unlink()
    status = run_worker(run, settings)
    assert status.state == "failed"
    assert status.error.startswith("None of the clips of run") or "audio" in status.error


def test_a_fold_from_before_clips_were_saved_is_kept(
    settings: Settings, finished_runs: dict[str, Run]
) -> None:
    source = finished_runs["mfcc_dummy"]
    run = Run(Path(shutil.copytree(source.path, settings.runs_dir / source.run_id)))
    for name in ("status.json", "gone.csv", "fold_00/clips.json", "fold_01/clips.json", "worker.lock"):
        (run.path / name).unlink()
    shutil.rmtree(run.fold_dir(1))
    times = {path: path.stat().st_mtime_ns for path in run.fold_dir(0).iterdir()}
    status = run_worker(run, Settings(source.data_dir, settings.runs_dir, settings.cache_dir))
    assert (status.state, status.error) == ("finished", "")
    assert {path: path.stat().st_mtime_ns for path in run.fold_dir(0).iterdir()} == times
    np.testing.assert_allclose(
        np.load(run.fold_dir(1) / "oof.npy"), np.load(source.fold_dir(1) / "oof.npy"), atol=1e-6
    )


def test_a_fold_ends_when_its_worker_is_gone_and_another_has_begun(
    settings: Settings, new_run: NewRun
) -> None:
    """As on a cluster, where its process goes on: it never writes into the other's fold."""
    run = new_run("mfcc_dummy")
    _Worker(run, settings).prepare()
    with mark_attempt(run) as old:
        stale = begin_fold(run, settings.cache_dir, 0, old)
        with mark_attempt(run) as new:
            assert stale.attempt.is_over
            train_fold(run.path, settings.cache_dir, 0, new)
            before = {path: path.read_bytes() for path in run.fold_dir(0).iterdir()}
            with pytest.raises((Stopped, OSError)):
                predict_fold(run, 0, stale, fit_fold(run, 0, stale))
    assert {path: path.read_bytes() for path in run.fold_dir(0).iterdir()} == before
    assert run.attempts(0) == []


def finish_fold(run: Run, settings: Settings, fold: int) -> None:
    """Train one fold of a run, as a worker does that is killed afterwards."""
    run.lock_path.touch()
    _Worker(run, settings).prepare()
    train_fold(run.path, settings.cache_dir, fold)
