"""The worker: takes a run from its configuration to finished predictions, reporting as it goes."""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from fsat_core.errors import FsatError, RunError, Stopped
from fsat_core.executors.pool import Pool
from fsat_core.files import remove
from fsat_core.lock import LockedError, hold
from fsat_core.notifications import send
from fsat_core.runs import line
from fsat_core.runs.device import detect_device
from fsat_core.runs.ending import ENDINGS, describe_end
from fsat_core.runs.listing import is_run, list_runs
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import SavedFolds
from fsat_core.runs.status import RunStatus
from fsat_core.settings import Settings
from fsat_core.shards import TRIES, run_shards
from fsat_core.training.attempt import discard_attempts, mark_attempt
from fsat_core.training.clips import settle_clips
from fsat_core.training.executors import check_executor, open_executor, workplace_of
from fsat_core.training.failures import explain_failure
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


def run_worker(
    run: Run,
    settings: Settings,
    on_status: OnStatus | None = None,
    is_ended: Callable[[], bool] = lambda: False,
) -> RunStatus:
    """Train all folds of a run and put its results together; returns how it ended.

    Writes `status.json` about twice a second, and holds the run's lock. A run that fails raises nothing: its
    status says why, and an unexpected error's traceback goes to the log. Its end is sent to
    `settings.notify_urls`. A run whose folder is deleted
    meanwhile is cancelled, and nothing of it comes back. `is_ended` is asked for a reason to stop beside the
    user's flag.

    Raises
    ------
    RunError
        If another worker has this run, or its folder cannot be written.
    """
    for name, value in _FRAMEWORK_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if run.has_worker:  # one from before runs had locks is not told by the lock alone
        raise _has_worker(run)
    try:
        with hold(run.lock_path):
            status = _work(_Worker(run, settings, on_status, is_ended))
    except LockedError as error:
        raise _has_worker(run) from error
    except OSError as error:
        raise RunError(
            f"The folder of run '{run.run_id}' cannot be written ({error.strerror or 'no access'}): expected "
            "one that can. Mend that, and resume the run."
        ) from error
    _tell_end(run, status, settings.notify_urls)
    return status


def _tell_end(run: Run, status: RunStatus, urls: str) -> None:
    """Send how a run has ended to where people are; what is not delivered is only a line of the log."""
    if not urls or not is_run(run.path):
        return
    title = f"{ENDINGS[status.state]}: {run.run_id}"
    for fault in send(urls, title, describe_end(run, status)):
        log.warning("%s", fault)


def _has_worker(run: Run) -> RunError:
    return RunError(
        f"Run '{run.run_id}' has a worker already: expected none. Stop it first, or leave it to finish."
    )


def _work(worker: "_Worker") -> RunStatus:
    try:
        worker.work()
    except (Stopped, KeyboardInterrupt):
        worker.end("cancelled", message="Stopped on request")
    except FsatError as error:
        worker.end("failed", error=str(error))
    except Exception as error:
        if is_run(worker.run.path):
            log.exception("The worker failed")
        worker.end("failed", error=explain_failure(error))
    return worker.status


class _Worker:
    def __init__(
        self,
        run: Run,
        settings: Settings,
        on_status: OnStatus | None = None,
        is_ended: Callable[[], bool] = lambda: False,
    ) -> None:
        self.run, self.settings, self.on_status, self.is_ended = run, settings, on_status, is_ended
        self.device = detect_device()
        self.status = RunStatus(
            state="queued",
            pid=os.getpid(),
            create_time=psutil.Process().create_time(),
            device=self.device.description,
            started_at=time.time(),
        )

    def work(self) -> None:
        if fault := self.run.fault:
            raise RunError(fault)
        config = self.run.config
        self.status.num_folds, self.status.max_epochs = config.n_folds, config.max_epochs
        check_executor(config)
        self.report(message="Waiting for the device", warnings=list(self.run.warnings))
        line.leave(self.run.path)
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
        """Report the end. Of a run that has been deleted meanwhile nothing is left."""
        changes |= {"state": state, "finished_at": time.time(), "eta_s": None}
        if not is_run(self.run.path):
            log.info("The folder of run %s was deleted", self.run.run_id)
            shutil.rmtree(self.run.path, ignore_errors=True)  # what was just being written
            self.status = RunStatus(state="cancelled", message="Its folder was deleted")
            return
        log.info("Run %s: %s. %s", self.run.run_id, state, changes.get("error", ""))
        try:
            self.report(**changes)
        except OSError:
            with suppress(OSError):  # a full disk: without the unfinished folds there is room to say so
                discard_attempts(self.run)
                self.report(**changes)
        with suppress(OSError):
            line.leave(self.run.path)

    def check_stop(self) -> None:
        if self.should_stop():
            raise Stopped

    def should_stop(self) -> bool:
        return self.run.stop_requested or self.is_ended() or not is_run(self.run.path)

    @contextmanager
    def device_lock(self) -> Iterator[None]:
        """Hold the device. Runs that wait for it take turns in the order of their start."""
        folder = self.settings.cache_dir / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{self.device.name}.lock")
        while not self._acquire(lock):
            self.check_stop()
            self.report(message=f"Waiting for another run on {self.device.description}")
        try:
            yield
        finally:
            lock.release()

    def _acquire(self, lock: FileLock) -> bool:
        try:
            others = list_runs(self.settings.runs_dir)
        except RunError:  # not just now: this is asked again
            others = []
        if any(self._waits_longer(run) for run in others):
            time.sleep(_POLL_S)
            return False
        try:
            lock.acquire(timeout=_POLL_S)
        except Timeout:
            return False
        return True

    def _waits_longer(self, other: Run) -> bool:
        if other.run_id >= self.run.run_id or not other.has_worker:  # those in line have nobody who waits
            return False
        status = other.status  # without a device while its worker starts
        here = status.host == self.status.host and status.device in ("", self.status.device)
        return status.state == "queued" and here

    def prepare(self) -> None:
        """Build the feature caches and list the clips that cannot be decoded."""
        self.report(state="preparing", message="Reading clips", progress=0.0)
        last = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last > _POLL_S:
                last = time.monotonic()
                self.report(message=f"Prepared {done:,} of {total:,} clips", progress=done / max(total, 1))

        workplace = workplace_of(self.run.config, self.settings)
        caches = open_caches(self.run, self.settings.cache_dir, progress, self.should_stop, workplace)
        self._warn(settle_clips(self.run, caches))

    def _warn(self, lines: list[str]) -> None:
        for each in lines:
            log.warning("%s", each)
        self.status.warnings += lines

    def train(self) -> None:
        """Train the folds that are not complete yet, or no longer."""
        saved, config = SavedFolds(self.run), self.run.config
        todo = []
        for fold in range(config.n_folds):
            folder = self.run.fold_dir(fold)
            if fault := saved.fault(fold):
                todo.append(fold)
                if folder.exists():
                    log.warning("%s", fault)
                    self._warn([f"{folder.name} was not complete, and is trained anew."])
                remove(folder)
        self.report(state="training", message="Starting the network", progress=0.0)
        progress = ProgressReader(self.run)
        try:
            with (
                mark_attempt(self.run) as marker,
                open_executor(config, self.settings, self._folders()) as pool,
            ):
                try:
                    self._train_folds(pool, todo, marker, progress)
                except BaseException:
                    marker.unlink(missing_ok=True)  # folds, wherever they run, end at their next batch
                    raise
        finally:
            discard_attempts(self.run)  # also what processes left that were ended

    def _folders(self) -> tuple[Path, Path]:
        """What every process that trains a fold has to see."""
        return self.run.path, self.settings.cache_dir

    def _train_folds(self, pool: Pool, folds: list[int], marker: Path, reader: ProgressReader) -> None:
        """Train folds, each of them again where its worker has died."""
        # Imported where it is called: each takes seconds, since it imports the framework.
        vmapped = self.run.config.executor == "vmapped"
        train = partial(train_together if vmapped else train_one, *self._folders(), marker)
        shards = [folds] if vmapped and folds else [[fold] for fold in folds]
        last = 0.0
        with closing(run_shards(pool, train, _give_up_fold, shards)) as finished:
            for _ in finished:
                self.check_stop()
                if time.monotonic() - last > _POLL_S:
                    last = time.monotonic()
                    self._report_training(reader.read())
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
        scores, lines = assemble_results(self.run)
        self._warn(lines)
        log.info("Out-of-fold lwlrap %.4f, accuracy %.4f", scores["lwlrap"], scores["accuracy"])
        try:
            export_members(self.run)
        except FsatError:
            raise
        except ImportError as error:  # Keras on JAX wants one package more
            log.warning("members.onnx was not written, so predictions take longer: %s", error)
        except Exception:
            # Whatever the converter dislikes, the folds are complete: prediction falls back to their files.
            log.exception("members.onnx was not written")
        self.end("finished", message="Finished")


def train_one(run_dir: Path, cache_dir: Path, marker: Path, folds: Sequence[int]) -> None:
    """Train the one fold of a shard."""
    from fsat_core.training.fold import train_fold

    train_fold(run_dir, cache_dir, folds[0], marker)


def train_together(run_dir: Path, cache_dir: Path, marker: Path, folds: Sequence[int]) -> None:
    """Train all folds of a shard in one program."""
    from fsat_core.training.vmapped_folds import train_vmapped

    train_vmapped(run_dir, cache_dir, list(folds), marker)


def _give_up_fold(fold: int) -> None:
    raise RunError(
        f"A process that trained fold {fold} has ended {TRIES} times, perhaps for want of memory or of "
        "time: expected it to go on. Give it more, and resume the run."
    )
