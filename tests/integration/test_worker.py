"""The worker in this process: what a finished run holds and leaves out, how it waits, stops and fails."""

import errno
import shutil
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import psutil
import pytest
import soundfile as sf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from fsat_core.audio import Standardiser
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.label_text import label_matrix
from fsat_core.errors import Stopped
from fsat_core.files import write_json
from fsat_core.metrics import accuracy, lwlrap
from fsat_core.prediction import combine_probabilities
from fsat_core.runs import Run, RunStatus, stop
from fsat_core.runs.run import METRICS
from fsat_core.settings import Settings
from fsat_core.training.attempt import mark_attempt
from fsat_core.training.batches import ClipBatches
from fsat_core.training.callbacks import StopWhenOver
from fsat_core.training.create import create_run
from fsat_core.training.fold import begin_fold, fit_fold, predict_fold, top_labels, train_fold
from fsat_core.training.worker import _Worker, run_worker

NewRun = Callable[..., Run]
CLASSES = ["Bark", "Knock", "Meow"]


@pytest.fixture(params=["mfcc_dummy", "wave_dummy"])
def finished(request: pytest.FixtureRequest, finished_runs: dict[str, Run]) -> Run:
    return finished_runs[request.param]


def test_the_run_directory_is_complete(finished: Run) -> None:
    files = {str(path.relative_to(finished.path)) for path in finished.path.rglob("*") if path.is_file()}
    events = {name for name in files if name.startswith("tensorboard/")}
    per_fold = ["metrics.csv", "best.keras", "oof.npy", "test.npy", "predictions.csv", "progress.json"]
    per_fold.append("clips.json")
    if finished.config.model == "mfcc_dummy":
        per_fold.append("statistics.npz")
    assert files - events == {
        *("config.json", "labels.csv", "test_clips.csv", "skipped.csv", "classes.json", "features.json"),
        *("dataset.json", "status.json", "scores.json", "oof.parquet", "test.parquet", "members.onnx"),
        *("gone.csv", "worker.lock"),
        *(f"fold_{fold:02d}/{name}" for fold in (0, 1) for name in per_fold),
    }
    assert sorted(Path(name).parent.name for name in events) == ["fold_00", "fold_01"]


def test_the_status_says_finished(finished: Run) -> None:
    status = finished.status
    assert (finished.state, status.error, status.progress, status.eta_s) == ("finished", "", 1.0, None)
    assert (status.num_folds, status.max_epochs) == (2, 2)
    assert (0 <= status.fold <= 1, 1 <= status.epoch <= 2) == (True, True)
    assert status.pid == psutil.Process().pid
    assert 0 < status.started_at < status.finished_at <= status.heartbeat
    assert finished.folds == [0, 1]


def test_a_row_of_metrics_per_fold_and_epoch(finished: Run) -> None:
    metrics = finished.metrics()
    assert metrics[["fold", "epoch"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1], [1, 2]]
    assert np.isfinite(metrics[list(METRICS)]).all(axis=None)
    assert metrics[["lwlrap", "accuracy", "val_lwlrap", "val_accuracy"]].max(axis=None) <= 1
    assert (metrics["clips_per_s"] > 0).all()


def test_early_stopping_and_the_best_epoch_s_weights(settings: Settings, new_run: NewRun) -> None:
    """Steps that are far too long: the validation loss gets worse again, the last epoch is not the best."""
    run = new_run("wave_dummy", learning_rate=1.0, max_epochs=40, patience=2)
    assert run_worker(run, settings).state == "finished"
    oof = pd.read_parquet(run.path / "oof.parquet")[CLASSES].to_numpy()
    truth = label_matrix(run.labels()["labels"], CLASSES)
    for fold, rows in run.metrics().groupby("fold"):
        best = rows.loc[rows["val_loss"].idxmin()]
        assert len(rows) == best["epoch"] + 2 < 40
        held_out = (run.labels()["fold"] == fold).to_numpy()
        loss = -np.log(oof[held_out][truth[held_out] > 0]).mean()
        assert loss == pytest.approx(best["val_loss"], abs=1e-3)  # of all windows, of one crop: alike here
        assert loss < rows["val_loss"].iloc[-1] - 0.01


def test_each_epoch_is_drawn_as_that_epoch(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = ClipBatches.__getitem__

    def watched(batches: ClipBatches, index: int) -> tuple[np.ndarray, ...]:
        drawn.append(batches._epoch)
        return draw(batches, index)

    monkeypatch.setattr(ClipBatches, "__getitem__", watched)
    run = new_run("mfcc_dummy", max_epochs=3, patience=0)
    assert run_worker(run, settings).error == ""
    assert set(drawn) == {0, 1, 2}


def test_out_of_fold_table_has_the_rows_of_labels_csv(finished: Run) -> None:
    labels = pd.read_csv(finished.path / "labels.csv")
    oof = pd.read_parquet(finished.path / "oof.parquet")
    assert labels.columns.tolist() == ["clip_id", "labels", "fold", "weight"]
    assert oof.columns.tolist() == ["clip_id", *CLASSES]
    assert oof["clip_id"].tolist() == labels["clip_id"].tolist()
    assert set(oof.dtypes.iloc[1:]) == {np.dtype(np.float32)}
    np.testing.assert_allclose(oof[CLASSES].sum(axis=1), 1, rtol=1e-5)
    for fold in (0, 1):
        rows = (labels["fold"] == fold).to_numpy()
        np.testing.assert_array_equal(oof.loc[rows, CLASSES], np.load(finished.fold_dir(fold) / "oof.npy"))


def test_scores_are_those_of_the_out_of_fold_table(finished: Run) -> None:
    truth = label_matrix(finished.labels()["labels"], CLASSES)
    oof = pd.read_parquet(finished.path / "oof.parquet")[CLASSES].to_numpy()
    expected = {"lwlrap": lwlrap(truth, oof), "accuracy": accuracy(truth, oof)}
    assert finished.scores == pytest.approx(expected)


def test_test_table_is_the_geometric_mean_of_the_folds(finished: Run) -> None:
    test = pd.read_parquet(finished.path / "test.parquet")
    assert test["clip_id"].tolist() == finished.test_clips()
    folds = np.stack([np.load(finished.fold_dir(fold) / "test.npy") for fold in (0, 1)])
    assert folds.shape == (2, 4, 3)
    np.testing.assert_allclose(test[CLASSES], combine_probabilities(folds, "geometric"), atol=1e-6)


def test_predictions_csv_has_the_top_three_of_each_test_clip(finished: Run) -> None:
    for fold in (0, 1):
        table = pd.read_csv(finished.fold_dir(fold) / "predictions.csv")
        assert table.columns.tolist() == ["fname", "label"]
        assert ["test/" + fname for fname in table["fname"]] == finished.test_clips()
        order = np.argsort(-np.load(finished.fold_dir(fold) / "test.npy"), axis=1, kind="stable")
        assert table["label"].tolist() == [" ".join(CLASSES[column] for column in row) for row in order]


def test_only_three_of_many_classes_are_predicted() -> None:
    csv = top_labels(["test/a.wav"], np.array([[0.1, 0.4, 0.2, 0.3]]), ["A", "B", "C", "D"])
    assert csv == "fname,label\na.wav,B D C\n"


def test_tensorboard_has_training_and_validation_beside_each_other(finished: Run) -> None:
    events = EventAccumulator(str(finished.path / "tensorboard" / "fold_00"))
    events.Reload()
    names = {
        f"{name}/{part}" for name in ("loss", "accuracy", "lwlrap") for part in ("training", "validation")
    }
    assert set(events.Tags()["tensors"]) == names
    losses = events.Tensors("loss/validation")
    assert [event.step for event in losses] == [1, 2]
    expected = finished.metrics().query("fold == 0")["val_loss"]
    values = [event.tensor_proto.float_val[0] for event in losses]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_statistics_are_those_of_the_training_part_alone(
    finished_runs: dict[str, Run], settings: Settings, new_run: NewRun
) -> None:
    """With another sound in a clip that fold 0 holds out, fold 0 has the same statistics, fold 1 others."""
    before = finished_runs["mfcc_dummy"]
    labels = before.labels()
    clip_id = labels.loc[labels["fold"] == 0, "clip_id"].iloc[0]
    path = settings.data_dir / "train_curated" / clip_id.removeprefix("curated/")
    sf.write(path, np.random.default_rng(0).uniform(-1, 1, 6_000), 8_000)
    after = new_run("mfcc_dummy", max_epochs=1)
    pd.testing.assert_frame_equal(after.labels(), labels)  # the same seed gives the same folds

    assert run_worker(after, settings).state == "finished"

    old, new = (
        [Standardiser.load(run.fold_dir(k) / "statistics.npz") for k in (0, 1)] for run in (before, after)
    )
    np.testing.assert_array_equal(old[0].mean, new[0].mean)
    np.testing.assert_array_equal(old[0].std, new[0].std)
    assert np.abs(old[1].mean - new[1].mean).max() > 0.1


def test_another_seed_gives_other_folds(new_run: NewRun) -> None:
    assert not new_run(seed=0).labels()["fold"].equals(new_run(seed=1).labels()["fold"])


def test_a_clip_that_does_not_decode_is_listed_and_the_run_goes_on(
    settings: Settings, new_run: NewRun
) -> None:
    broken = np.zeros(5_000, np.float32)
    broken[100] = np.nan  # a fine header before samples that are none
    sf.write(settings.data_dir / "train_curated" / "bark_0.wav", broken, 8_000, subtype="FLOAT")
    sf.write(settings.data_dir / "test" / "test_bark.wav", broken, 8_000, subtype="FLOAT")
    run = new_run(max_epochs=1, task="multi")
    assert len(run.labels()) == 14

    status = run_worker(run, settings)

    assert (status.state, status.error) == ("finished", "")
    assert run.skipped()["clip_id"].tolist() == ["curated/bark_0.wav", "test/test_bark.wav"]
    assert run.skipped()["error"].str.contains("not a finite number").all()
    assert status.warnings == ["2 clip(s) cannot be read and are left out: see skipped.csv."]
    oof = pd.read_parquet(run.path / "oof.parquet")
    assert oof["clip_id"].tolist() == run.labels()["clip_id"].tolist()
    assert len(oof) == 13
    assert len(pd.read_parquet(run.path / "test.parquet")) == 3
    several = oof.loc[oof["clip_id"] == "curated/duet_0.wav", CLASSES]
    assert several.shape == (1, 3)


def test_a_fold_goes_from_unfinished_to_complete(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier attempt left is discarded, and `oof.npy` comes last."""
    run = new_run("wave_dummy")

    def fit(self: keras.Model, *_: object, **__: object) -> SimpleNamespace:
        assert run.folds == []
        self.save(run.shown_dir(1) / "best.keras")
        return SimpleNamespace(history={"val_loss": [1.0]})

    monkeypatch.setattr(keras.Model, "fit", fit)
    run.fold_dir(1).mkdir()
    (run.fold_dir(1) / "leftover").touch()
    assert train_fold(run.path, settings.cache_dir, 1) == 1
    assert not (run.fold_dir(1) / "leftover").exists()
    assert run.folds == [1]
    written = {path.name: path.stat().st_mtime_ns for path in run.fold_dir(1).iterdir()}
    assert written["oof.npy"] == max(written.values())
    assert run.attempts(1) == []


def test_an_unknown_data_folder_is_one_line(settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    write_json(run.path / "dataset.json", {"data_dir": "/no/such/folder", "warnings": []})
    status = run_worker(run, settings)
    assert (status.state, run.state) == ("failed", "failed")
    assert f"The data set of run '{run.run_id}' is not at /no/such/folder any more" in status.error
    assert "\n" not in status.error
    assert status.finished_at > 0


def test_a_damaged_run_fails_with_one_line(settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    (run.path / "dataset.json").write_text("{")
    status = run_worker(run, settings)
    assert (status.state, run.state) == ("failed", "failed")
    assert "dataset.json cannot be read" in status.error


def test_an_unexpected_error_is_one_line_and_its_traceback_is_logged(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(self: _Worker) -> None:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr(_Worker, "train", break_down)
    status = run_worker(new_run(), settings)
    assert status.state == "failed"
    assert status.error.startswith("Something unexpected ended the training")
    assert "break_down" in caplog.text
    assert "ZeroDivisionError: first line" in caplog.text


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FULL, "The disk is full"),
        (
            RuntimeError("Can't write data (errno = 28, error message = 'No space left on device')"),
            "The disk is",
        ),
        (MemoryError(), "The memory was not enough"),
        (
            BrokenProcessPool("A process in the process pool was terminated abruptly"),
            "A process that trained",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "oof.npy"),
            "A file cannot be read or written: Perm",
        ),
        (
            ModuleNotFoundError("No module named 'keras'", name="keras"),
            "The package 'keras' is not installed",
        ),
    ],
)
def test_what_fails_in_a_fold_is_a_failure_in_one_line(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch, error: Exception, line: str
) -> None:
    """And not a stop, which only a user asks for."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("fsat_core.training.fold.train_fold", fail)
    run = new_run()
    status = run_worker(run, settings)
    assert (status.state, run.state) == ("failed", "failed")
    assert status.error.startswith(line)
    assert "\n" not in status.error
    assert type(error).__name__ not in status.error
    assert not run.stop_requested
    assert list(run.path.glob(".attempt-*")) == []


def test_where_not_even_the_status_can_be_written_the_run_is_lost(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()

    def fill_the_disk(self: _Worker) -> None:
        def refuse(*_: object) -> None:
            raise FULL

        monkeypatch.setattr(RunStatus, "save", refuse)
        raise FULL

    monkeypatch.setattr(_Worker, "train", fill_the_disk)
    run_worker(run, settings)
    assert run.state == "lost"


def test_nothing_of_a_run_comes_back_whose_folder_is_deleted(settings: Settings, new_run: NewRun) -> None:
    run = new_run("mfcc_dummy", max_epochs=10_000, patience=10_000)

    def delete_when_training(status: RunStatus) -> None:
        if status.epoch > 1:
            shutil.rmtree(run.path, ignore_errors=True)

    status = run_worker(run, settings, delete_when_training)
    assert (status.state, status.message) == ("cancelled", "Its folder was deleted")
    assert not run.path.exists()


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


def test_ctrl_c_cancels(settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: _Worker) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_Worker, "train", interrupt)
    run = new_run()
    assert run_worker(run, settings).state == "cancelled"
    assert run.state == "cancelled"


def test_a_stop_while_clips_are_read(settings: Settings, new_run: NewRun) -> None:
    run = new_run()

    def stop_when_preparing(status: RunStatus) -> None:
        if status.state == "preparing":
            stop(run)

    assert run_worker(run, settings, stop_when_preparing).state == "cancelled"
    assert run.folds == []


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_test_batch_end"])
def test_a_stop_is_honoured_at_the_next_batch(tmp_path: Path, hook: str) -> None:
    """Whether it comes while training or validating: neither goes on."""
    flag, batches = tmp_path / "stop", []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.count("on_train_batch_end")

        def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.count("on_test_batch_end")

        def count(self, name: str) -> None:
            batches.append(name)
            if name == hook:
                flag.touch()

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    data = np.zeros((8, 1)), np.zeros((8, 1))
    stop_when_over = StopWhenOver(flag.exists)
    callbacks = [Count(), stop_when_over]
    model.fit(*data, batch_size=1, epochs=3, validation_data=data, verbose=0, callbacks=callbacks)
    assert stop_when_over.stopped
    assert batches.count("on_train_batch_end") == (1 if hook == "on_train_batch_end" else 8)
    assert batches.count("on_test_batch_end") == 1


def test_warnings_about_rare_classes_reach_the_status(settings: Settings, new_run: NewRun) -> None:
    run = new_run(n_folds=5)
    stop(run)  # there is no need to train it
    status = run_worker(run, settings)
    assert status.state == "cancelled"
    assert status.warnings[0].startswith("3 class(es) have fewer clips than the 5 folds")


def test_runs_of_one_set_share_the_feature_cache(settings: Settings, finished_runs: dict[str, Run]) -> None:
    """A second run on the same clips and features decodes nothing."""
    run = finished_runs["mfcc_dummy"]
    source = Settings(run.data_dir, settings.runs_dir, run.path.parent.parent / "cache")
    dataset = open_dataset(source.data_dir)
    folders = set((source.cache_dir / "features").iterdir())
    times = {path: path.stat().st_mtime_ns for folder in folders for path in folder.glob("*")}
    config = run.config.model_copy(update={"seed": 9, "task": "multi"})
    again = create_run(source, dataset, scan(dataset, source.cache_dir), config)
    _Worker(again, source).prepare()
    assert set((source.cache_dir / "features").iterdir()) == folders
    assert {path: path.stat().st_mtime_ns for folder in folders for path in folder.glob("*")} == times


@pytest.mark.parametrize("model", ["mfcc_dummy", "wave_dummy"])
def test_augmented_training_is_reproducible_and_keeps_the_last_epoch(
    settings: Settings, new_run: NewRun, model: str
) -> None:
    values = {"mixup": 0.4, "masks": 1, "new_crops": True, "label_smoothing": 0.05, "schedule": "cosine"}
    values |= {"warmup_epochs": 1, "max_epochs": 3, "patience": 0, "checkpoint": "last"}
    run, again = (new_run(model, **values) for _ in range(2))
    assert run_worker(run, settings).error == ""
    assert run.metrics().groupby("fold").size().tolist() == [3, 3], "no epoch is left out"
    train_fold(again.path, settings.cache_dir, 1)
    first, second = (own.metrics().query("fold == 1").drop(columns="clips_per_s") for own in (run, again))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True), rtol=1e-6)
    last_saved = (run.fold_dir(0) / "best.keras").stat().st_mtime_ns
    assert last_saved >= (run.fold_dir(0) / "progress.json").stat().st_mtime_ns
