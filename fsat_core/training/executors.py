"""Where the folds of a run are computed: in the worker, in several processes, or on a Dask cluster."""

import json
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError, RunError
from fsat_core.machine import usable_cores

_WATCH_S = 1.0


def check_executor(config: TrainConfig) -> None:
    """Refuse the executor `vmapped` where it cannot work, without importing a framework.

    Raises
    ------
    ConfigError
        If the executor is `vmapped` and Keras is not on JAX, or JAX is not installed.
    """
    if config.executor != "vmapped":
        return
    backend = _keras_backend()
    if backend != "jax" or find_spec("jax") is None:
        found = f"with Keras on {backend}" if backend != "jax" else "without the package 'jax'"
        raise ConfigError(
            f"Executor 'vmapped' {found}: expected Keras on JAX. Set KERAS_BACKEND=jax and "
            "`pip install jax` (`jax[cuda13]` for an NVIDIA GPU), or use the executor 'worker'."
        )


def _keras_backend() -> str:
    """The backend that Keras will choose: the environment's, its own file's, or TensorFlow."""
    if backend := os.environ.get("KERAS_BACKEND"):
        return backend
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((home / "keras.json").read_text())["backend"])
    except (OSError, ValueError, LookupError, TypeError):
        return "tensorflow"


class WatchedExecutor(Executor, ABC):
    """An executor that may stop working without any of its futures saying so."""

    @abstractmethod
    def check(self) -> None:
        """Raise a RunError if it will not finish what it was given."""

    @abstractmethod
    def given_up(self) -> RunError:
        """The error for futures that it has cancelled by itself."""


@contextmanager
def open_executor(
    config: TrainConfig, dask_scheduler: str = "", folders: Sequence[Path] = ()
) -> Iterator[Executor]:
    """The executor that a configuration names, shut down at the end.

    Parameters
    ----------
    folders : sequence of Path
        What its processes have to see; looked for on a cluster.

    Raises
    ------
    ConfigError
        If it is `dask` and no scheduler is configured or the `distributed` package is missing; or the cluster
        cannot be reached, has no workers, or workers that cannot train: see `open_dask`.
    """
    if config.executor == "dask":
        with _dask_executor(dask_scheduler, folders) as executor:
            yield executor
    elif config.executor == "processes":
        # spawn: a forked child would inherit the threads of a framework in an unknown state
        num_cores = usable_cores()
        num_processes = min(config.n_folds, num_cores)
        with ProcessPoolExecutor(
            num_processes,
            mp_context=get_context("spawn"),
            initializer=_start_process,
            initargs=(os.getpid(), num_cores // num_processes),
        ) as executor:
            yield executor
    else:
        # One thread beside the worker's own, which reports progress and looks for a stop. Vmapped folds
        # are one task.
        with ThreadPoolExecutor(1, thread_name_prefix="fold") as executor:
            yield executor


def _start_process(parent_pid: int, num_threads: int) -> None:
    # Read by the frameworks when they are imported. Processes with threads for all cores each would hinder
    # one another: two folds on two cores take 1.6 times as long.
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, str(num_threads))
    _end_with(parent_pid)


def _end_with(parent_pid: int) -> None:
    """Let this process end when the worker is killed, so that nothing goes on writing into its run."""

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, name="watch-worker", daemon=True).start()


@contextmanager
def _dask_executor(address: str, folders: Sequence[Path]) -> Iterator[Executor]:
    if not address:
        raise ConfigError(
            "Executor 'dask' without a scheduler: expected its address in FSAT_DASK_SCHEDULER, "
            "such as tcp://127.0.0.1:8786. Set it, or use the executor 'worker'."
        )
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "Executor 'dask' needs the package 'distributed': "
            "run `pip install distributed` here and on the cluster."
        ) from error
    from fsat_core.training.dask_executor import open_dask

    with open_dask(address, folders) as executor:
        yield executor
