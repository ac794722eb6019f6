"""The one place that decides where work is done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from fsat_core.errors import ConfigError
from fsat_core.executors.calls import Terms
from fsat_core.executors.pool import Pool
from fsat_core.machine import usable_cores
from fsat_core.processes import Processes
from fsat_core.settings import Settings

Name = Literal["processes", "dask", "slurm"]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True)
class Workplace:
    """Where shards, or the folds of a run, are worked on.

    Parameters
    ----------
    name : "processes", "dask" or "slurm"
    settings : Settings
        Has the address of the Dask cluster, and what Slurm is asked for.
    """

    name: Name
    settings: Settings

    @contextmanager
    def open(self, folders: Sequence[Path], for_folds: bool = False) -> Iterator[Pool]:
        """Its workers, for as long as they are needed; what is not done by then is given up.

        Parameters
        ----------
        folders : sequence of Path
            What each of them has to see.
        for_folds : bool
            Whether they train: each fold then gets a GPU where there are some, and all cores.

        Raises
        ------
        ConfigError
            If it is not configured, a package is missing, or the cluster cannot do the work.
        """
        terms = Terms.here(folders, one_thread=not for_folds)
        if self.name == "dask":
            with _open_dask(self.settings.dask_scheduler, terms, for_folds) as pool:
                yield pool
        elif self.name == "slurm":
            with _open_slurm(self.settings, terms, for_folds) as pool:
                yield pool
        else:
            with Processes(usable_cores()) as pool:
                yield pool


@contextmanager
def _open_dask(address: str, terms: Terms, for_folds: bool) -> Iterator[Pool]:
    if not address:
        raise ConfigError(
            "Executor 'dask' without a scheduler: expected its address in FSAT_DASK_SCHEDULER, "
            "such as tcp://127.0.0.1:8786. Set it, or work on this machine."
        )
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "Executor 'dask' needs the package 'distributed': "
            "run `pip install distributed` here and on the cluster."
        ) from error
    from fsat_core.executors.dask_pool import open_dask

    with open_dask(address, terms, for_folds) as pool:
        yield pool


@contextmanager
def _open_slurm(settings: Settings, terms: Terms, for_folds: bool) -> Iterator[Pool]:
    from fsat_core.executors.slurm_options import SlurmOptions

    options = SlurmOptions.parse(settings.slurm)
    try:
        import submitit  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "Executor 'slurm' needs the package 'submitit': run `pip install submitit`."
        ) from error
    from fsat_core.executors.slurm_pool import open_slurm

    with open_slurm(options, settings.cache_dir / "slurm", terms, for_folds) as pool:
        yield pool
