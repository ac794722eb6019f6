"""Where the folds of a run are computed: in the worker, in several processes, or on a cluster."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError
from fsat_core.executors.pool import OneThread, Pool
from fsat_core.executors.workplace import Workplace
from fsat_core.machine import usable_cores
from fsat_core.processes import Processes
from fsat_core.settings import Settings


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


def workplace_of(config: TrainConfig, settings: Settings) -> Workplace | None:
    """The cluster on which a run is prepared and trained; None for this machine."""
    return Workplace(config.executor, settings) if config.executor in ("dask", "slurm") else None


@contextmanager
def open_executor(config: TrainConfig, settings: Settings, folders: Sequence[Path] = ()) -> Iterator[Pool]:
    """The executor of the folds that a configuration names, shut down at the end.

    Parameters
    ----------
    folders : sequence of Path
        What its processes have to see; looked for on a cluster.

    Raises
    ------
    ConfigError
        As `Workplace.open`, where it is a cluster.
    """
    if workplace := workplace_of(config, settings):
        with workplace.open(folders, for_folds=True) as pool:
            yield pool
    elif config.executor == "processes":
        num_cores = usable_cores()
        num_processes = min(config.n_folds, num_cores)
        with Processes(num_processes, partial(_share_cores, num_cores // num_processes)) as pool:
            yield pool
    else:
        # One thread beside the worker's own, which reports progress and looks for a stop. Vmapped folds
        # are one task.
        with OneThread("fold") as pool:
            yield pool


def _share_cores(num_threads: int) -> None:
    # Read by the frameworks when they are imported. Processes with threads for all cores each would hinder
    # one another: two folds on two cores take 1.6 times as long.
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, str(num_threads))
