"""Runs that nobody trained, for pages to show: one that has finished, and one whose curves grow."""

import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import psutil

from fsat_core.audio import Standardiser
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.files import write_atomically, write_json
from fsat_core.runs import Run, RunStatus
from fsat_core.runs.run import METRICS
from fsat_core.settings import Settings
from fsat_core.training.create import create_run

NUM_EPOCHS = 50


def write_finished_run(settings: Settings, seed: int = 0) -> Run:
    """A run of ten folds on the curated clips, with random predictions and the curves of all epochs."""
    run = _create(settings)
    labels = pd.read_csv(run.path / "labels.csv")
    rng = np.random.default_rng(seed)
    oof = rng.dirichlet(np.full(len(run.classes), 0.05), len(labels)).astype("float32")
    table = pd.DataFrame(oof, columns=run.classes)
    table.insert(0, "clip_id", labels["clip_id"])
    table.to_parquet(run.path / "oof.parquet", index=False)
    write_json(run.path / "scores.json", {"lwlrap": 0.1, "accuracy": 0.02})
    for fold in range(run.config.n_folds):
        _add_epoch(run, fold, NUM_EPOCHS)
        _save_fold(run, fold, oof[labels["fold"] == fold])
    RunStatus("finished", started_at=time.time() - 60, finished_at=time.time()).save(run.path / "status.json")
    return run


def give_many_classes(run: Run, number: int) -> list[str]:
    """Let a run have random predictions about so many classes, with four clips each; returns the classes."""
    names = [f"Class_{index:03d}" for index in range(number)]
    clips = pd.DataFrame({"clip_id": [f"curated/{index}.wav" for index in range(4 * number)], "fold": 0})
    clips.insert(1, "labels", names * 4)
    clips.to_csv(run.path / "labels.csv", index=False)
    write_json(run.path / "dataset.json", {"data_dir": str(run.path)})  # so judged by its own labels
    write_json(run.path / "classes.json", names)
    oof = pd.DataFrame(np.random.default_rng(1).random((len(clips), number)), columns=names)
    oof.insert(0, "clip_id", clips["clip_id"])
    oof.to_parquet(run.path / "oof.parquet", index=False)
    return names


def _save_fold(run: Run, fold: int, oof: np.ndarray) -> None:
    """What a complete fold has, but for a network that could be loaded."""
    folder, ones = run.fold_dir(fold), np.ones(run.feature_spec.input_shape, dtype=np.float32)
    np.save(folder / "test.npy", np.ones((len(run.test_clips()), len(run.classes)), dtype=np.float32))
    Standardiser(ones, ones).save(folder / "statistics.npz")
    with zipfile.ZipFile(folder / "best.keras", "w") as network:
        network.writestr("config.json", "{}")
    np.save(folder / "oof.npy", oof)


@contextmanager
def growing_run(settings: Settings, epoch_s: float = 1.0) -> Iterator[Run]:
    """A run in training, to all that look at it: this process adds an epoch each second until it is left."""
    run = _create(settings)
    stop = threading.Event()
    thread = threading.Thread(target=_grow, args=(run, stop, epoch_s), daemon=True)
    thread.start()
    try:
        yield run
    finally:
        stop.set()
        thread.join()


def _create(settings: Settings) -> Run:
    dataset = open_dataset(settings.data_dir)
    return create_run(
        settings, dataset, scan(dataset, settings.cache_dir), TrainConfig.from_recipe("mfcc_cnn")
    )


def _grow(run: Run, stop: threading.Event, epoch_s: float) -> None:
    process = psutil.Process()
    status = RunStatus(
        "training",
        process.pid,
        process.create_time(),
        num_folds=run.config.n_folds,
        max_epochs=NUM_EPOCHS,
        started_at=time.time(),
    )
    for step in range(run.config.n_folds * NUM_EPOCHS):
        status.fold, status.epoch = step // NUM_EPOCHS, step % NUM_EPOCHS + 1
        status.progress = step / (run.config.n_folds * NUM_EPOCHS)
        status.heartbeat, status.clips_per_s = time.time(), 120.0
        _add_epoch(run, status.fold, status.epoch)
        status.save(run.path / "status.json")
        if stop.wait(epoch_s):
            break
    status.state, status.finished_at = "cancelled", time.time()
    status.save(run.path / "status.json")


def _add_epoch(run: Run, fold: int, epoch: int) -> None:
    """Write the curves of a fold up to an epoch, as a training does: all of them again."""
    epochs = np.arange(1, epoch + 1)
    better = 1 - np.exp(-epochs / 10)
    values = dict.fromkeys(METRICS, better) | {"loss": 4 - 3 * better, "val_loss": 4 - 2 * better}
    table = pd.DataFrame({"epoch": epochs, **values, "clips_per_s": 120.0})
    path = run.fold_dir(fold) / "metrics.csv"
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, table.to_csv(index=False))
