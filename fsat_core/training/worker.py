"""The worker: takes a run from its configuration to finished predictions, reporting as it goes."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager

import pandas as pd
import psutil
from filelock import FileLock, Timeout

from fsat_core.errors import FsatError, RunError, Stopped
from fsat_core.files import write_atomically
from fsat_core.runs.device import detect_device
from fsat_core.runs.run import Run, list_runs
from fsat_core.runs.status import RunStatus
from fsat_core.settings import Settings
from fsat_core.training.executors import check_executor, open_executor
from fsat_core.training.feature_caches import open_caches
from fsat_core.training.progress import ProgressReader, TrainingProgress
from fsat_core.training.results import assemble_results

log = logging.getLogger(__name__)

# Read by the frameworks when they are imported: share the GPU with others, and print warnings only.
_FRAMEWORK_ENVIRONMENT = {
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}

OnStatus = Callable[[RunStatus], None]
_POLL_S = 0.5


def run_worker(run: Run, settings: Settings, on_status: OnStatus | None = None) -> RunStatus:
    """Train all folds of a run and put its results together; returns how it ended.

    Writes `status.json` about twice a second. A run that fails raises nothing: its status says why, and an
    unexpected error's traceback goes to the log.

    Raises
    ------
    RunError
        If another worker has this run.
    """
    for name, value in _FRAMEWORK_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    lock = _open_lock(settings, f"run-{run.run_id}")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(
            f"Run '{run.run_id}' has a worker already: expected none. Stop it first, or leave it to finish."
        ) from error
    try:
        return _work(_Worker(run, settings, on_status))
    finally:
        lock.release()


def _work(worker: "_Worker") -> RunStatus:
    try:
        worker.work()
    except (Stopped, KeyboardInterrupt):
        worker.end("cancelled", message="Stopped on request")
    except FsatError as error:
        log.error("%s", error)
        worker.end("failed", error=str(error))
    except Exception as error:
        log.exception("The worker failed")
        worker.end(
            "failed", error=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        )
    return worker.status


def _open_lock(settings: Settings, name: str) -> FileLock:
    folder = settings.cache_dir / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{name}.lock")


class _Worker:
    def __init__(self, run: Run, settings: Settings, on_status: OnStatus | None) -> None:
        self.run, self.settings, self.on_status = run, settings, on_status
        self.device = detect_device()
        self.status = RunStatus(
            state="queued",
            pid=os.getpid(),
            create_time=psutil.Process().create_time(),
            device=self.device.description,
            num_folds=run.config.n_folds,
            max_epochs=run.config.max_epochs,
            started_at=time.time(),
        )

    def work(self) -> None:
        check_executor(self.run.config)
        self.report(message="Waiting for the device", warnings=self.run.warnings)
        with self.device_lock():
            self.prepare()
            self.train()
            self.finish()

    def report(self, **changes: object) -> None:
        """Update the status, write it and tell whoever listens."""
        for name, value in changes.items():
            setattr(self.status, name, value)
        self.status.heartbeat = time.time()
        self.status.save(self.run.path / "status.json")
        if self.on_status is not None:
            self.on_status(self.status)

    def end(self, state: str, **changes: object) -> None:
        log.info("Run %s: %s", self.run.run_id, state)
        self.report(state=state, finished_at=time.time(), eta_s=None, **changes)

    def check_stop(self) -> None:
        if self.run.stop_requested:
            raise Stopped

    @contextmanager
    def device_lock(self) -> Iterator[None]:
        """Hold the device. Runs that wait for it take turns in the order of their start."""
        lock = _open_lock(self.settings, self.device.name)
        while not self._acquire(lock):
            self.check_stop()
            self.report(message=f"Waiting for another run on {self.device.description}")
        try:
            yield
        finally:
            lock.release()

    def _acquire(self, lock: FileLock) -> bool:
        if any(self._waits_longer(run) for run in list_runs(self.settings.runs_dir)):
            time.sleep(_POLL_S)
            return False
        try:
            lock.acquire(timeout=_POLL_S)
        except Timeout:
            return False
        return True

    def _waits_longer(self, other: Run) -> bool:
        if other.run_id >= self.run.run_id or other.state != "queued":
            return False
        status = other.status  # without a device while its worker starts
        return status.host == self.status.host and status.device in ("", self.status.device)

    def prepare(self) -> None:
        """Build the feature caches and list the clips that cannot be decoded."""
        self.report(state="preparing", message="Reading clips", progress=0.0)
        last = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last > _POLL_S:
                last = time.monotonic()
                self.report(message=f"Prepared {done:,} of {total:,} clips", progress=done / max(total, 1))

        caches = open_caches(self.run, self.settings.cache_dir, progress, lambda: self.run.stop_requested)
        self._skip(caches.errors)

    def _skip(self, errors: dict[str, str]) -> None:
        skipped = self.run.skipped()
        fresh = [
            (clip_id, error) for clip_id, error in errors.items() if clip_id not in set(skipped["clip_id"])
        ]
        if fresh:
            table = pd.concat([skipped, pd.DataFrame(fresh, columns=["clip_id", "error"])], ignore_index=True)
            write_atomically(self.run.path / "skipped.csv", table.to_csv(index=False))
        if num_skipped := len(skipped) + len(fresh):
            self.status.warnings.append(
                f"{num_skipped} clip(s) cannot be read and are left out: see skipped.csv."
            )

    def train(self) -> None:
        """Train the folds that are not complete yet."""
        todo = [fold for fold in range(self.run.config.n_folds) if fold not in self.run.folds]
        self.report(state="training", message="Starting the network", progress=0.0)
        progress = ProgressReader(self.run)
        with open_executor(self.run.config, self.settings.dask_scheduler) as executor:
            futures = self._submit(executor, todo)
            try:
                self._follow(futures, progress)
            except BaseException:
                self.run.stop_flag.touch()  # folds that run elsewhere see it at their next batch
                for future in futures:
                    future.cancel()
                raise

    def _submit(self, executor: Executor, folds: list[int]) -> list[Future]:
        path, cache_dir = self.run.path, self.settings.cache_dir
        # Imported here: each takes seconds, since it imports the framework.
        if self.run.config.executor == "vmapped" and folds:
            from fsat_core.training.vmapped_folds import train_vmapped

            return [executor.submit(train_vmapped, path, cache_dir, folds)]
        from fsat_core.training.fold import train_fold

        return [executor.submit(train_fold, path, cache_dir, fold) for fold in folds]

    def _follow(self, futures: list[Future], reader: ProgressReader) -> None:
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            self.check_stop()
            self._report_training(reader.read())

    def _report_training(self, progress: TrainingProgress) -> None:
        fold, epoch = self.status.fold, self.status.epoch  # kept between two folds and after the last one
        if progress.running:
            fold = min(progress.running)
            epoch = min(int(progress.running[fold]) + 1, self.run.config.max_epochs)
        self.report(
            fold=fold,
            epoch=epoch,
            clips_per_s=progress.clips_per_s,
            progress=progress.share,
            eta_s=progress.eta_s,
            message=f"{len(self.run.folds)} of {self.run.config.n_folds} folds done",
        )

    def finish(self) -> None:
        """Put the folds together, and write the graph for fast prediction."""
        from fsat_core.training.export import export_members

        self.report(message="Putting the folds together", progress=1.0, eta_s=None)
        scores = assemble_results(self.run)
        log.info("Out-of-fold lwlrap %.4f, accuracy %.4f", scores["lwlrap"], scores["accuracy"])
        try:
            export_members(self.run)
        except ImportError as error:  # Keras on JAX wants one package more
            log.warning("members.onnx was not written, so predictions take longer: %s", error)
        except Exception:
            # Whatever the converter dislikes, the folds are complete: prediction falls back to their files.
            log.exception("members.onnx was not written")
        self.end("finished", message="Finished")
