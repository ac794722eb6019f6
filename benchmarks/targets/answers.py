"""Answers of an ensemble of two networks with ten folds each, against Keras with one fold after the other.

The networks are those of the program at their full size, with 80 classes and random weights, saved and
exported as a run does it. A clip of 2 s and one of 30 s are tagged: from the file to the combined
probabilities, against loading and preparing it with librosa and `model.predict` per window and fold. Both
sides are warm. A first answer is one of a fresh process, its imports included, against loading the 20
networks in one.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import librosa
import numpy as np

from benchmarks.figures import RATIO, ROUNDS, Figure, run_figures, seconds_of
from benchmarks.plain import load_wave, normalise
from benchmarks.sets.clips import write_clips
from benchmarks.sets.kaggle_set import write_curated
from fsat_core.audio import FeatureSpec, Standardiser, extract, read_mono, resample, windows
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.errors import RunError
from fsat_core.prediction import predict_files
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.create import create_run
from fsat_core.training.export import export_members
from fsat_core.training.network import build_model

NAME = "targets.answers"
MODELS = ("mfcc_cnn", "wave_cnn")
NUM_HEARD, SHORT_S, LONG_S = 20, 2.0, 30.0
FIRST_ROUNDS = 3
SPREAD = 2.0  # standard deviation of the random networks' logits


@dataclass(frozen=True)
class PlainRun:
    """The networks of a run as the plain way has them: loaded by Keras, MFCCs standardised before each."""

    spec: FeatureSpec
    networks: list[keras.Model]
    statistics: list[Standardiser | None]

    def answer(self, features: np.ndarray) -> np.ndarray:
        """Probabilities (folds, classes) of one window's features [shape=input_shape]."""
        answers = []
        for network, statistics_ in zip(self.networks, self.statistics, strict=True):
            batch = features[np.newaxis]
            if statistics_ is not None:
                batch = statistics_.apply(batch)
            answers.append(network.predict(batch, verbose=0)[0])
        return np.stack(answers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """The figures, from files that are written to `folder`."""
    runs = write_runs(folder, n_folds=10, duration_s=SHORT_S)
    short, long = write_clips(folder / "to_tag", 2, [SHORT_S, LONG_S], seed=1)
    return compare(runs, short, long)


def compare(
    runs: Sequence[Run], short: Path, long: Path, rounds: int = ROUNDS, first_rounds: int = FIRST_ROUNDS
) -> Iterator[Figure]:
    """The figures of a clip of one window and of a long one."""
    yield from first_answer(short, runs, first_rounds)
    plain = [load_plainly(run) for run in runs]
    yield from one_window(short, runs, plain, rounds)
    yield many_windows(long, runs, plain, rounds)


def write_runs(folder: Path, duration_s: float, **values: Any) -> list[Run]:
    """A run of each network with random weights: the files of its folds, and all of them in one graph."""
    settings = Settings(folder / "set", folder / "runs", folder / "cache")
    paths = write_curated(settings.data_dir, len(FSDKAGGLE2019_CLASSES), duration_s)
    dataset = open_dataset(settings.data_dir)
    catalogue = scan(dataset, settings.cache_dir)
    runs = []
    for model in MODELS:
        config = TrainConfig.from_recipe(model, duration_s=duration_s, **values)
        run = create_run(settings, dataset, catalogue, config)
        for fold in range(config.n_folds):
            _write_fold(run, fold, paths[:NUM_HEARD])
        export_members(run)
        runs.append(run)
    return runs


def _write_fold(run: Run, fold: int, paths: Sequence[Path]) -> None:
    folder = run.fold_dir(fold)
    folder.mkdir()
    features = np.concatenate([our_features(path, run.feature_spec) for path in paths])
    if run.feature_spec.kind == "mfcc":
        statistics_ = Standardiser.fit(features[fold:])
        statistics_.save(folder / "statistics.npz")
        features = statistics_.apply(features)
    network = build_model(run.config, len(run.classes), seed=fold)
    _shake(network, np.random.default_rng(fold))
    _spread_answers(network, features)
    network.save(folder / "best.keras")
    (folder / "oof.npy").touch()  # the mark of a complete fold


def _shake(network: keras.Model, rng: np.random.Generator) -> None:
    """Bring biases and batch normalisation away from where they start, which is where they do nothing."""
    for weight in network.weights:
        values = keras.ops.convert_to_numpy(weight)
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(values * rng.uniform(0.5, 2, values.shape))
        elif weight.name != "kernel":
            weight.assign(values + rng.normal(0, 0.05, values.shape))


def _spread_answers(network: keras.Model, features: np.ndarray) -> None:
    """Scale the logits, so that a random network prefers some classes, as a trained one does."""
    head = network.layers[-1]
    body = keras.Model(network.input, network.layers[-2].output)
    kernel = keras.ops.convert_to_numpy(head.kernel)
    logits = keras.ops.convert_to_numpy(body(features)) @ kernel
    head.kernel.assign(kernel * (SPREAD / logits.std()))


def our_features(path: Path, spec: FeatureSpec) -> np.ndarray:
    """Features of all windows of a clip [shape=(windows, *input_shape)], as the program computes them."""
    wave, rate = read_mono(path)
    return extract(windows(resample(wave, rate, spec.sample_rate), spec.num_samples), spec)


def load_plainly(run: Run) -> PlainRun:
    """The folds of a run, from their .keras files."""
    folders = [run.fold_dir(fold) for fold in run.folds]
    return PlainRun(
        run.feature_spec,
        [keras.models.load_model(folder / "best.keras", compile=False) for folder in folders],
        [
            Standardiser.load(folder / "statistics.npz") if run.feature_spec.kind == "mfcc" else None
            for folder in folders
        ],
    )


def answer_plainly(path: Path, plain: Sequence[PlainRun]) -> np.ndarray:
    """Geometric mean over all folds of each fold's mean over the windows [shape=(classes,)]."""
    members = []
    for run in plain:
        wave, size = load_wave(path, run.spec.sample_rate), run.spec.num_samples
        last = len(wave) - size
        answers = []
        for start in (*range(0, last, size // 2), last):
            piece = wave[start : start + size]
            answers.append(run.answer(_plain_features(piece, run.spec)))
        members.append(np.mean(answers, axis=0))
    mean = np.exp(np.log(np.concatenate(members)).mean(axis=0))
    return mean / mean.sum()


def _plain_features(piece: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    if spec.kind == "wave":
        return normalise(piece)[:, np.newaxis]
    return librosa.feature.mfcc(y=piece, sr=spec.sample_rate, n_mfcc=spec.n_mfcc)[..., np.newaxis]


def first_answer(path: Path, runs: Sequence[Run], rounds: int) -> Iterator[Figure]:
    """How long a process that has not tagged anything yet takes, and what it imports for it."""
    ours = [_in_fresh_process("ours", path, runs) for _ in range(rounds)]
    plain = _in_fresh_process("plain", path, runs)
    seconds = statistics.median(run["seconds"] for run in ours)
    count = sum(len(run.folds) for run in runs)
    yield Figure("first answer after the start, imports included", seconds, "s", 1.5, at_most=True)
    yield Figure(
        f"first answer, against loading {count} .keras files with TensorFlow",
        plain["seconds"] / seconds,
        RATIO,
        1,
    )
    num_imported = len(ours[0]["frameworks"])
    yield Figure("training frameworks that a first answer imports", num_imported, "of 4", 0, at_most=True)


def _in_fresh_process(way: str, path: Path, runs: Sequence[Run]) -> dict[str, Any]:
    module = "benchmarks.targets.first_answer"
    command = [sys.executable, "-m", module, way, path, *(run.path for run in runs)]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RunError(
            f"python -m {module} {way} ended with status {done.returncode}: expected 0. "
            "Mend what it says above, and start again."
        )
    return json.loads(done.stdout)


def one_window(path: Path, runs: Sequence[Run], plain: Sequence[PlainRun], rounds: int) -> Iterator[Figure]:
    """How fast a clip of one window is tagged, and how far the answers are from Keras's."""

    def plain_way() -> None:
        answer_plainly(path, plain)

    def ours() -> None:
        predict_files([(path.name, path)], runs)

    plain_s, ours_s = seconds_of(plain_way, ours, rounds=rounds)
    count = sum(len(run.networks) for run in plain)
    yield Figure(f"a 2 s clip, against {count} x model.predict", plain_s / ours_s, RATIO, 20)
    yield Figure(f"a 2 s clip by {count} networks", 1e3 * ours_s, "ms", 60, at_most=True)
    yield Figure(
        "largest difference of a probability from Keras's",
        largest_difference(path, runs, plain),
        "of 1",
        1e-4,
        at_most=True,
    )


def largest_difference(path: Path, runs: Sequence[Run], plain: Sequence[PlainRun]) -> float:
    """Between the probabilities of all networks and Keras's, of the first window's features."""
    (clip,) = predict_files([(path.name, path)], runs)
    expected = [run.answer(our_features(path, run.spec)[0]) for run in plain]
    return float(np.abs(clip.per_member - np.concatenate(expected)).max())


def many_windows(path: Path, runs: Sequence[Run], plain: Sequence[PlainRun], rounds: int) -> Figure:
    """How fast a long clip is tagged. The plain loop takes so long that once must do."""

    def ours() -> None:
        predict_files([(path.name, path)], runs)

    start = time.perf_counter()
    answer_plainly(path, plain)
    plain_s = time.perf_counter() - start
    (ours_s,) = seconds_of(ours, rounds=rounds)
    return Figure("a 30 s clip, against the plain loop over windows", plain_s / ours_s, RATIO, 20)


if __name__ == "__main__":
    sys.exit(main())
