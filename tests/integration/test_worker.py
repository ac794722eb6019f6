"""The worker in this process: what a finished run holds and leaves out, how it waits, stops and fails."""

from collections.abc import Callable
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
from fsat_core.metrics import accuracy, lwlrap
from fsat_core.prediction import combine_probabilities
from fsat_core.runs import Run, RunStatus, stop
from fsat_core.runs.run import METRICS
from fsat_core.settings import Settings
from fsat_core.training.batches import ClipBatches
from fsat_core.training.callbacks import StopWhenOver
from fsat_core.training.create import create_run
from fsat_core.training.fold import top_labels, train_fold
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
    assert (metrics[["clips_per_s", "seconds", "num_steps"]] > 0).all(axis=None)


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
    assert status.warnings == ["2 clips cannot be read and are left out: see skipped.csv."]
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
    assert status.warnings[0].startswith("3 classes have fewer clips than the 5 folds")


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
    first, second = (
        own.metrics().query("fold == 1").drop(columns=["clips_per_s", "seconds"]) for own in (run, again)
    )
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True), rtol=1e-6)
    last_saved = (run.fold_dir(0) / "best.keras").stat().st_mtime_ns
    assert last_saved >= (run.fold_dir(0) / "progress.json").stat().st_mtime_ns
