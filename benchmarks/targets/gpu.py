"""Training both networks on a set of the real size, fold by fold and, with Keras on JAX, all folds together.

    python -m benchmarks.targets.gpu                                   with Keras' own backend
    KERAS_BACKEND=jax python -m benchmarks.targets.gpu                 both ways
    python -m benchmarks.targets.gpu --clips 200 --epochs 2 --folds 3  to try it on a CPU

Synthetic clips, as many and about as long as the single-label clips of FSDKaggle2019; networks, batch size
and all that a run writes and predicts as with the recipe `reference`. Each way runs in a process of its own,
after the features are prepared. Fold by fold, two folds are trained: the first one compiles. From the median
of the epochs after the first, and what a fold takes besides, follows the time of 10 folds of 50 epochs, none
of them stopped early. Folds together are measured all at once: fewer than 10 count in proportion.
"""

import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import OK, format_table, run_script, script_parser
from benchmarks.figures import Figure, figure_table
from benchmarks.sets.clips import write_clips
from benchmarks.sets.kaggle_set import rows_in_turn, write_set
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import ConfigError
from fsat_core.models.registry import NETWORKS
from fsat_core.runs import Run
from fsat_core.runs.device import detect_device
from fsat_core.settings import Settings
from fsat_core.training.create import create_run
from fsat_core.training.executors import check_executor
from fsat_core.training.feature_caches import open_caches

NAME = "targets.gpu"
MODELS = ("mfcc_cnn", "wave_cnn")
NAMES = {"worker": "fold by fold", "vmapped": "vmapped"}  # of executors
WAYS = tuple(NAMES)
NUM_CLIPS, NUM_TEST_CLIPS = 4_269, 3_361
FULL_FOLDS, FULL_EPOCHS = 10, 50
TARGETS_S = {"worker": 300, "vmapped": 120}  # both networks
NUM_FILES, SHORTEST_S, LONGEST_S = 100, 0.3, 30.0
_MEDIAN_S, _SPREAD = 5.0, 0.9  # of the logarithmic normal distribution of durations: 7.5 s on average


@dataclass(frozen=True)
class Timing:
    """One network trained in one way, in seconds.

    An epoch and all else (statistics, predictions, files), of one fold, or of all folds where they are
    vmapped; and what the first of several folds takes on top of that.
    """

    model: str
    way: str
    backend: str
    num_folds: int
    clips_per_s: float
    epoch_s: float
    other_s: float
    first_s: float

    @property
    def full_s(self) -> float:
        """Seconds of 10 folds of 50 epochs; vmapped, in proportion where fewer were measured."""
        times = FULL_FOLDS / self.num_folds if self.way == "vmapped" else FULL_FOLDS
        return self.first_s + times * (self.other_s + FULL_EPOCHS * self.epoch_s)


def new_process() -> Executor:
    """An executor of one process, where nothing is compiled yet."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def main(arguments: Sequence[str] | None = None, new_executor: Callable[[], Executor] = new_process) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("--clips", type=int, default=NUM_CLIPS, help=f"to train on; {NUM_CLIPS:,} by default")
    parser.add_argument("--epochs", type=int, default=4, help="at least 2: the first one does not count")
    parser.add_argument("--folds", type=int, default=FULL_FOLDS)
    parser.add_argument("--models", nargs="+", choices=list(NETWORKS), default=MODELS)
    parser.add_argument("--ways", nargs="+", choices=WAYS, help="both where Keras is on JAX, else worker")
    parser.add_argument("--json", action="store_true", help="an object instead of tables")
    options = parser.parse_args(arguments)

    def work() -> int:
        if options.epochs < 2:
            raise ConfigError(
                f"--epochs {options.epochs}: expected at least 2. The first one does not count."
            )
        ways = options.ways or possible_ways()
        with tempfile.TemporaryDirectory(prefix="fsat-gpu-") as folder:
            settings = make_settings(Path(folder), options.clips)
            timings = [
                time_apart(settings, model, way, options.folds, options.epochs, new_executor)
                for model in options.models
                for way in ways
            ]
        rows, figures = to_json(timings), [figure.to_json() for figure in to_figures(timings)]
        device = detect_device().description
        if options.json:
            print(json.dumps({"device": device, "timings": rows, "figures": figures}, indent=2))
        else:
            print(f"{device}, Keras on {timings[0].backend}\n\n{to_text(rows, figures)}")
        return OK

    return run_script(NAME, work)


def possible_ways() -> list[str]:
    """The executors that can be measured here."""
    try:
        check_executor(TrainConfig.from_recipe("mfcc_cnn", executor="vmapped"))
    except ConfigError as error:
        print(f"Fold by fold only. {error}", file=sys.stderr)
        return ["worker"]
    return list(WAYS)


def make_settings(folder: Path, num_clips: int) -> Settings:
    """Settings on a set of `num_clips` clips, with test clips in proportion, written to `folder`."""
    num_files = min(NUM_FILES, num_clips)
    rng = np.random.default_rng(0)
    seconds = np.clip(rng.lognormal(np.log(_MEDIAN_S), _SPREAD, num_files), SHORTEST_S, LONGEST_S)
    files = write_clips(folder / "files", num_files, seconds.tolist())
    table = rows_in_turn({"curated": num_clips, "test": round(num_clips * NUM_TEST_CLIPS / NUM_CLIPS)})
    write_set(folder / "set", table, itertools.islice(itertools.cycle(files), len(table)))
    return Settings(folder / "set", folder / "runs", folder / "cache")


def time_apart(
    settings: Settings,
    model: str,
    way: str,
    num_folds: int,
    num_epochs: int,
    new_executor: Callable[[], Executor],
) -> Timing:
    """Train in a process of its own."""
    dataset = open_dataset(settings.data_dir)
    config = TrainConfig.from_recipe(
        model, "reference", executor=way, n_folds=num_folds, max_epochs=num_epochs, patience=0
    )
    run = create_run(settings, dataset, scan(dataset, settings.cache_dir), config)
    start = time.perf_counter()
    open_caches(run, settings.cache_dir)
    print(f"{model}, {way}: features {time.perf_counter() - start:.0f} s", file=sys.stderr)
    with new_executor() as pool:
        train = time_vmapped if way == "vmapped" else time_alone
        timing = pool.submit(train, run.path, settings.cache_dir).result()
    print(f"{model}, {way}: {time.perf_counter() - start:.0f} s in all", file=sys.stderr)
    return timing


def time_alone(run_dir: Path, cache_dir: Path) -> Timing:
    """Two folds, one after the other."""
    from benchmarks.targets.epochs import EpochTimes
    from fsat_core.training.fold import begin_fold, fit_fold, predict_fold

    run, times, folds_s = Run(run_dir), EpochTimes(), []
    for fold in (0, 1):
        start = time.perf_counter()
        data = begin_fold(run, cache_dir, fold)
        predict_fold(run, fold, data, fit_fold(run, fold, data, times))
        folds_s.append(time.perf_counter() - start)
    return summarise(run, times.seconds, folds_s)


def time_vmapped(run_dir: Path, cache_dir: Path) -> Timing:
    """All folds at once."""
    from benchmarks.targets.epochs import EpochTimes
    from fsat_core.training.vmapped_folds import train_vmapped

    run, times, start = Run(run_dir), EpochTimes(), time.perf_counter()
    train_vmapped(run_dir, cache_dir, range(run.config.n_folds), extra_callbacks=[times])
    return summarise(run, times.seconds, [time.perf_counter() - start])


def summarise(run: Run, epochs_s: Sequence[float], totals_s: Sequence[float]) -> Timing:
    """The timing of a run from its epochs and from all that each fold took, or all vmapped folds."""
    from keras.backend import backend

    num_epochs = run.config.max_epochs
    epoch_s = statistics.median(epochs_s[1:])  # the first one compiles
    others_s = [total_s - num_epochs * epoch_s for total_s in totals_s]
    metrics = run.metrics()
    speeds = metrics[metrics["epoch"] > 1].groupby("fold")["clips_per_s"].median()
    return Timing(
        model=run.config.model,
        way=run.config.executor,
        backend=backend(),
        num_folds=run.config.n_folds,
        clips_per_s=float(speeds.sum() if run.config.executor == "vmapped" else speeds.median()),
        epoch_s=epoch_s,
        other_s=others_s[-1],
        first_s=others_s[0] - others_s[-1],
    )


def to_json(timings: Sequence[Timing]) -> list[dict[str, Any]]:
    """The timings with `full_s`, and `ratio`: how many times as fast as fold by fold."""
    alone_s = {timing.model: timing.full_s for timing in timings if timing.way == "worker"}
    return [
        {
            **asdict(timing),
            "fold_s": timing.full_s / FULL_FOLDS,
            "full_s": timing.full_s,
            "ratio": alone_s[timing.model] / timing.full_s if timing.model in alone_s else None,
        }
        for timing in timings
    ]


def to_figures(timings: Sequence[Timing]) -> Iterator[Figure]:
    """Each way in which both networks were trained, beside its target."""
    for way, target_s in TARGETS_S.items():
        of_way = [timing for timing in timings if timing.way == way]
        if {timing.model for timing in of_way} == set(MODELS):
            name = f"{FULL_FOLDS} folds × {FULL_EPOCHS} epochs of both networks, {NAMES[way]}"
            yield Figure(name, sum(timing.full_s for timing in of_way), "s", target_s, at_most=True)


def to_text(rows: Sequence[dict[str, Any]], figures: Sequence[dict[str, Any]]) -> str:
    """Both as tables."""
    table = format_table(
        ("network", "way", "clips/s", "s per epoch", "s per fold", "10 × 50 in s", "times fold by fold"),
        [
            (
                row["model"],
                NAMES[row["way"]],
                f"{row['clips_per_s']:,.0f}",
                f"{row['epoch_s']:.2f}",
                f"{row['fold_s']:,.1f}",
                f"{row['full_s']:,.0f}",
                "" if row["ratio"] is None else f"{row['ratio']:.2f}",
            )
            for row in rows
        ],
    )
    return "\n\n".join([table, *([figure_table(figures)] if figures else [])])


if __name__ == "__main__":
    sys.exit(main())
