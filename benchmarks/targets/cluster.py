"""Preparing on a Dask cluster of this machine: two workers against one, and whether kills change anything.

Clips of 5 s at 44.1 kHz are scanned, decoded, turned into MFCCs and heard by YAMNet, which has to be in the
cache folder (`fsat pretrained`); then ten folds of a dummy are trained. A worker has one thread. With kills,
a worker that has something to do is killed each time that twenty shards are done, and one while folds are
trained; what comes out is held against one worker that lives, or processes of this machine.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.faults.scenarios import outcome_of
from benchmarks.figures import RATIO, Figure, run_figures, seconds_of
from benchmarks.sets.clips import make_clips
from benchmarks.sets.kaggle_set import rows_in_turn, write_set
from benchmarks.targets.preparing import MFCC
from fsat_core.audio import build_cache
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import clip_path, deep_scan, open_dataset, scan
from fsat_core.embedding import YAMNET, build_store, locate
from fsat_core.embedding.pretrained import weights_path
from fsat_core.executors.workplace import Workplace
from fsat_core.runs import Run
from fsat_core.runs.status import RunStatus
from fsat_core.settings import Settings
from fsat_core.training.create import create_run
from fsat_core.training.worker import run_worker
from tools.dask_cluster import ONE_THREAD, busy_workers, dask_cluster

NAME = "targets.cluster"
NUM_CLIPS, CLIP_S = 1_600, 5.0  # enough that what starts and ends the work hardly counts
CLASSES = ("Bark", "Knock", "Meow")
NUM_FOLDS, NUM_FOLD_CLIPS = 10, 60
ROUNDS = 1
KILL_EVERY = 20  # shards


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(
    folder: Path,
    num_clips: int = NUM_CLIPS,
    num_folds: int = NUM_FOLDS,
    rounds: int = ROUNDS,
    kill_every: int = KILL_EVERY,
) -> Iterator[Figure]:
    """The figures, from files that are written to `folder`."""
    weights = weights_path(Settings.from_environment().cache_dir)
    for name in ONE_THREAD:  # as the workers have it: sums of several threads may differ in their last bits
        os.environ[name] = "1"
    data_dir = _write_set(folder / "set", num_clips)
    for name in ("one", "two"):
        (folder / name).mkdir()
    numbers = itertools.count()

    def prepare(address: str, note: Callable[[int], None] = lambda done: None) -> Path:
        cache_dir = folder / f"cache_{next(numbers)}"
        weights_path(cache_dir).parent.mkdir(parents=True)
        weights_path(cache_dir).symlink_to(weights)
        settings = Settings(data_dir, folder / "runs", cache_dir, dask_scheduler=address)
        prepare_on(Workplace("dask", settings), note)
        return cache_dir

    with dask_cluster(folder / "one", 1) as one, dask_cluster(folder / "two", 2) as two:
        jobs = [partial(prepare, address) for address in (one, two)]
        one_s, two_s = seconds_of(*jobs, rounds=rounds)
        item = f"preparing {num_clips:,} clips on two workers, against one"
        yield Figure(item, one_s / two_s, RATIO, 1.7)
        whole, killer = files_of(prepare(one)), Killer(two, kill_every)
        killed_dir = prepare(two, killer.note)
        print(f"{killer.num_killed} workers killed, at {killer.num_done} shards", file=sys.stderr)
        different = num_different(whole, files_of(killed_dir))
        yield Figure("files that differ where workers are killed", different, "files", 0, at_most=True)
        yield measure_folds(folder, two, num_folds)


def prepare_on(workplace: Workplace, note: Callable[[int], None]) -> None:
    """Scan, deep scan, features and embeddings of a set; `note` is told how many clips are done."""
    settings = workplace.settings
    dataset = open_dataset(settings.data_dir)

    def progress(done: int, total: int) -> None:
        note(done)

    catalogue = scan(dataset, settings.cache_dir, workplace=workplace)
    deep_scan(dataset, catalogue, settings.cache_dir, progress, workplace=workplace)
    clips = [(clip_id, clip_path(dataset, clip_id)) for clip_id in catalogue["clip_id"]]
    assert not build_cache(clips, MFCC, settings.cache_dir, progress, workplace=workplace).errors
    place = locate(dataset, catalogue, settings.cache_dir, YAMNET)
    assert build_store(place, settings.cache_dir, progress, workplace=workplace).is_complete


class Killer:
    """Kills a worker that has something to do, now and then; its nanny starts it again."""

    def __init__(self, address: str, every: int) -> None:
        self._address, self._every = address, every
        self._last = self.num_done = self.num_killed = 0

    def note(self, done: int) -> None:
        """Count a shard where clips were done since; that is asked now and then."""
        if done != self._last:
            self._last = done
            self.num_done += done > 0
            if self.num_done // self._every > self.num_killed:
                self.kill()

    def kill(self) -> None:
        """Kill one, if any has something to do."""
        for pid in busy_workers(self._address)[:1]:
            os.kill(pid, signal.SIGKILL)
            self.num_killed += 1


def measure_folds(folder: Path, address: str, num_folds: int) -> Figure:
    """Train folds on a cluster, of which a worker is killed, and in processes of this machine."""
    settings = Settings(
        _write_set(folder / "fold_set", NUM_FOLD_CLIPS),
        folder / "fold_runs",
        folder / "fold_cache",
        dask_scheduler=address,
    )
    killer = Killer(address, 1)

    def kill_once(status: RunStatus) -> None:
        if status.epoch and not killer.num_killed:
            killer.kill()

    there, here = _train(settings, "dask", num_folds, kill_once), _train(settings, "processes", num_folds)
    assert killer.num_killed
    different = num_different(outcome_of(there.path), outcome_of(here.path)) - 1  # the configuration
    return Figure(f"files of {num_folds} folds that differ, the same", different, "files", 0, at_most=True)


def _train(
    settings: Settings, executor: str, num_folds: int, on_status: Callable[[RunStatus], None] | None = None
) -> Run:
    dataset = open_dataset(settings.data_dir)
    catalogue = scan(dataset, settings.cache_dir)
    config = TrainConfig.from_recipe(
        "mfcc_dummy", "quick", n_folds=num_folds, max_epochs=2, executor=executor
    )
    run = create_run(replace(settings, runs_dir=settings.runs_dir / executor), dataset, catalogue, config)
    status = run_worker(run, settings, on_status)
    assert status.state == "finished", status.error
    return run


def files_of(cache_dir: Path) -> dict[str, bytes]:
    """What was prepared, by path."""
    return {
        path.relative_to(cache_dir).as_posix(): path.read_bytes()
        for name in ("catalogues", "features", "embeddings")
        for path in (cache_dir / name).rglob("*")
        if path.is_file()
    }


def num_different(one: dict[str, bytes], other: dict[str, bytes]) -> int:
    """How many files are in one alone, or differ."""
    return sum(one.get(name) != other.get(name) for name in one.keys() | other.keys())


def _write_set(root: Path, num_clips: int) -> Path:
    write_set(root, rows_in_turn({"curated": num_clips}, CLASSES), make_clips(num_clips, CLIP_S), CLASSES)
    return root


if __name__ == "__main__":
    sys.exit(main())
