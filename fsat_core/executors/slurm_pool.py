"""Calls as jobs of Slurm, by submitit: each is a job of its own, whose result comes in a shared folder."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import submitit
from submitit.core.utils import FailedJobError, UncompletedJobError

from fsat_core.errors import ConfigError, RunError
from fsat_core.executors.calls import Call, Terms
from fsat_core.executors.pool import Pool
from fsat_core.executors.slurm_options import SlurmOptions
from fsat_core.files import remove

log = logging.getLogger(__name__)

_POLL_S = 0.5
_GIVE_UP_S = 10.0  # in which a job that was cancelled should be gone


@contextmanager
def open_slurm(options: SlurmOptions, folder: Path, terms: Terms, for_folds: bool) -> Iterator[Pool]:
    """An executor whose calls are jobs. Their files are in `folder`, which every node has to see.

    Raises
    ------
    ConfigError
        If Slurm is not on this machine.
    """
    files = folder / secrets.token_hex(4)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.mkdir(mode=0o700)  # whoever could write results there could run code here
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written ({error.strerror or error}): expected a folder that every node "
            "sees. Mend it, or set FSAT_CACHE_DIR to another one."
        ) from error
    try:
        with SlurmPool(_executor(options, files, for_folds), options.jobs, terms) as pool:
            yield pool
    finally:
        remove(files)


def _executor(options: SlurmOptions, files: Path, for_folds: bool) -> submitit.Executor:
    try:
        executor = submitit.AutoExecutor(files, cluster=options.cluster)
    except RuntimeError as error:
        raise ConfigError(
            "Slurm is not on this machine: expected its commands srun and sbatch. Start this where jobs are "
            "submitted, or work on this machine."
        ) from error
    asked: dict[str, Any] = {"timeout_min": options.minutes, "name": "fsat"}
    asked["cpus_per_task"] = options.cpus if for_folds else 1
    if for_folds and options.gpus:
        asked["gpus_per_node"] = options.gpus
    if options.memory_gb:
        asked["mem_gb"] = options.memory_gb
    for name in ("partition", "account"):
        if value := getattr(options, name):
            asked[f"slurm_{name}"] = value
    executor.update_parameters(**asked)
    return executor


class SlurmPool(Pool):
    """Hands out so many jobs at a time, each of which a thread waits for."""

    shard_factor = 16  # a job waits in line, and has everything to import

    def __init__(self, executor: submitit.Executor, num_jobs: int, terms: Terms) -> None:
        self.num_workers = num_jobs
        self._executor, self._terms = executor, terms
        self._threads = ThreadPoolExecutor(num_jobs, "slurm-jobs")
        self._one_at_a_time = threading.Lock()  # submitit knows no threads
        self._is_over = threading.Event()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Submit a call of a function that the jobs can import."""
        return self._threads.submit(self._run, Call(self._terms, function, args, kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End; with `cancel_futures` jobs that are running are cancelled, too."""
        if cancel_futures:
            self._is_over.set()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _run(self, call: Call) -> Any:
        job = self._begin(call)
        while not self._is_done(job):
            if self._is_over.wait(_POLL_S):
                self._cancel(job)
                raise BrokenExecutor("given up")
        try:
            result, error = job.result()
        except (UncompletedJobError, FailedJobError) as fault:
            log.warning("Job %s of Slurm has ended without a result. %s", job.job_id, fault)
            raise BrokenExecutor(f"job {job.job_id} of Slurm has died") from fault
        if error is not None:
            raise error
        return result

    def _begin(self, call: Call) -> submitit.Job:
        with self._one_at_a_time:
            try:
                return self._executor.submit(call.answer)
            except (OSError, FailedJobError) as error:
                reason = " ".join(str(error).split())[-200:] or type(error).__name__
                raise RunError(
                    f"Slurm takes no job ({reason}): expected it to. Mend that, or "
                    "correct FSAT_SLURM; what has been done is kept."
                ) from error

    def _is_done(self, job: submitit.Job) -> bool:
        with self._one_at_a_time:
            return job.done()

    def _cancel(self, job: submitit.Job) -> None:
        with self._one_at_a_time:
            job.cancel(check=False)
        deadline = time.monotonic() + _GIVE_UP_S
        while not self._is_done(job) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
