"""Training one fold: fit, keep the best epoch, predict the held-out and the test clips."""

import io
import logging
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from fsat_core.audio import FeatureCache, Statistics
from fsat_core.errors import RunError, Stopped
from fsat_core.files import write_atomically
from fsat_core.models import build_model
from fsat_core.runs.predictions import judging_clips
from fsat_core.runs.run import Run
from fsat_core.training.batches import ClipBatches, Examples, predict_windows
from fsat_core.training.callbacks import EpochMetrics, FoldProgress, StopOnFlag, TensorBoardScalars
from fsat_core.training.config import TrainConfig
from fsat_core.training.folds import label_matrix
from fsat_core.training.prepare import open_caches

log = logging.getLogger(__name__)

PREDICT_BATCH = 64
STATISTICS_FILE = "statistics.npz"


@dataclass(frozen=True)
class _FoldData:
    cache: FeatureCache
    test_cache: FeatureCache | None
    train: Examples
    held_out: Examples
    test_ids: list[str]


def train_fold(run_dir: Path, cache_dir: Path, fold: int) -> int:
    """Train fold `fold` of a run and write its files; runs in any process that sees the two folders.

    Writes `metrics.csv`, `best.keras`, `statistics.npz` (MFCC networks), `test.npy`, `predictions.csv` and,
    last and as the mark of completion, `oof.npy`. An unfinished earlier attempt is discarded.

    Returns
    -------
    int
        The fold, once it is complete.

    Raises
    ------
    Stopped
        If the run's stop flag appeared.
    RunError
        If no epoch had a finite validation loss.
    """
    run = Run(run_dir)
    fold_dir = run.fold_dir(fold)
    for folder in (fold_dir, run_dir / "tensorboard" / fold_dir.name):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    data = _load_fold(run, cache_dir, fold)
    statistics = fit_statistics(data.cache, data.train.clip_ids) if run.feature_spec.kind == "mfcc" else None
    if statistics is not None:
        statistics.save(fold_dir / STATISTICS_FILE)
    model = _fit(run, fold, data, statistics)

    def predict(cache: FeatureCache, clip_ids: list[str]) -> np.ndarray:
        return predict_windows(
            model, cache, clip_ids, statistics, PREDICT_BATCH, should_stop=run.stop_flag.exists
        )

    if data.test_cache is not None:
        test = predict(data.test_cache, data.test_ids)
        _save_array(fold_dir / "test.npy", test)
        write_atomically(fold_dir / "predictions.csv", top_labels(data.test_ids, test, run.classes))
    _save_array(fold_dir / "oof.npy", predict(data.cache, data.held_out.clip_ids))
    keras.backend.clear_session()
    return fold


def _load_fold(run: Run, cache_dir: Path, fold: int) -> _FoldData:
    labels = run.labels()
    caches = open_caches(run, cache_dir)
    held_out = labels["fold"].to_numpy() == fold
    weights = labels["weight"].to_numpy(dtype=np.float32)
    examples = Examples(labels["clip_id"].tolist(), label_matrix(labels["labels"], run.classes), weights)
    train = examples.select(~held_out & (weights > 0))
    wanted = train.is_curated if run.config.curated_epochs else train.weights > 0
    if not wanted.any():
        kind = "curated clip" if run.config.curated_epochs else "clip"
        raise RunError(
            f"Fold {fold}: no {kind} to train on is trusted; expected some. "
            "Choose other runs to agree with, or none."
        )
    return _FoldData(caches.train, caches.test, train, examples.select(held_out), run.test_clips())


def fit_statistics(cache: FeatureCache, clip_ids: list[str]) -> Statistics:
    """Mean and standard deviation per coefficient and frame over the training crops of a fold."""
    rng = np.random.default_rng(0)
    crops = np.empty((len(clip_ids), *cache.spec.input_shape), dtype=np.float32)
    # In chunks: the waves of new crops would take many times the memory of their MFCCs.
    for start in range(0, len(clip_ids), PREDICT_BATCH):
        chunk = clip_ids[start : start + PREDICT_BATCH]
        crops[start : start + len(chunk)] = cache.crops(chunk, rng)
    return Statistics.fit(crops)


def _fit(run: Run, fold: int, data: _FoldData, statistics: Statistics | None) -> keras.Model:
    """The network of the epoch that is kept: the one with the lowest validation loss, or the last."""
    config, fold_dir = run.config, run.fold_dir(fold)
    keras.utils.set_random_seed(config.seed * 1000 + fold)

    def batches(examples: Examples, shuffle: bool) -> ClipBatches:
        return ClipBatches(data.cache, examples, statistics, config, config.seed * 1000 + fold, shuffle)

    best = fold_dir / "best.keras"
    stop = StopOnFlag(run.stop_flag)
    with (
        closing(batches(data.train, shuffle=True)) as train,
        closing(batches(_judges(data.held_out), shuffle=False)) as validation,
    ):
        fitted = build_model(config, len(run.classes), train.num_batches).fit(
            train,
            validation_data=validation,
            epochs=config.max_epochs,
            shuffle=False,  # Keras would draw the order from a generator that all threads share
            verbose=0,
            callbacks=[
                stop,
                FoldProgress(fold_dir, len(data.train.clip_ids), train.num_batches),
                EpochMetrics(fold_dir, len(data.train.clip_ids)),
                TensorBoardScalars(run.path / "tensorboard" / fold_dir.name),
                *_choosing_callbacks(config, best),
            ],
        )
    if stop.stopped:
        raise Stopped
    losses = fitted.history["val_loss"]
    if not np.isfinite(losses if config.keep == "best" else losses[-1]).any():
        raise RunError(
            f"Fold {fold}: the validation loss is not finite; expected a number. "
            "Lower the learning rate and look at the clips for broken audio."
        )
    log.info("Fold %d trained", fold)
    return keras.models.load_model(best, compile=False)


def _judges(held_out: Examples) -> Examples:
    """The clips that judge a network while it trains, all alike: see `judging_clips`."""
    judges = set(judging_clips(held_out.clip_ids))
    chosen = held_out.select(np.array([clip_id in judges for clip_id in held_out.clip_ids]))
    return Examples(chosen.clip_ids, chosen.targets, np.ones_like(chosen.weights))


def _choosing_callbacks(config: TrainConfig, path: Path) -> list[keras.callbacks.Callback]:
    """What decides which epoch's weights end up in `path`, and when training ends early."""
    keep_best = config.keep == "best"
    watch = {"monitor": f"val_{config.monitor}", "mode": "min" if config.monitor == "loss" else "max"}
    chosen: list[keras.callbacks.Callback] = [
        keras.callbacks.ModelCheckpoint(path, save_best_only=keep_best, **watch)
    ]
    if not keep_best:
        chosen.append(keras.callbacks.TerminateOnNaN())
    if config.patience:
        chosen.append(keras.callbacks.EarlyStopping(patience=config.patience, **watch))
    return chosen


def top_labels(
    clip_ids: list[str], probabilities: np.ndarray, classes: list[str], num_labels: int = 3
) -> str:
    """CSV with the likeliest classes of each clip, best first: `fname,label` with names split by spaces."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :num_labels]
    table = pd.DataFrame(
        {
            "fname": [clip_id.partition("/")[2] for clip_id in clip_ids],
            "label": [" ".join(classes[column] for column in row) for row in best],
        }
    )
    return table.to_csv(index=False)


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_atomically(path, buffer.getvalue())
