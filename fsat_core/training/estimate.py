"""How long a run will take, by what a run like it took on this machine; nothing is guessed."""

import math
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import FsatError
from fsat_core.runs.device import detect_device
from fsat_core.runs.run import Run
from fsat_core.runs.status import RunStatus
from fsat_core.runs.table import elapsed_s
from fsat_core.training.folds import LabelledClips

# What the time of a step depends on.
_ALIKE = ("model", "sample_rate", "duration_s", "n_mfcc", "batch_size", "executor")
# With these the same too, a fold is expected to end as early.
_SAME_END = ("max_epochs", "patience", "monitor", "learning_rate")
_MOST_SEEN = 30  # earlier runs that are looked at


@dataclass(frozen=True)
class Estimate:
    """Seconds that a run is expected to take; `at_most` if no fold ends early, both without what is unknown.

    Parameters
    ----------
    seconds, at_most : float
    step_s : float
        What a step took in the run that this is based on, with its share of validation.
    run_id : str
        That run.
    with_rest : bool
        Whether the time before, between and after the folds is counted.
    """

    seconds: float
    at_most: float
    step_s: float
    run_id: str
    with_rest: bool


def training_sizes(plan: LabelledClips, num_folds: int) -> list[int]:
    """The number of clips that each fold trains on, by a plan of `plan_run`."""
    folds = pd.concat([plan.table.loc[plan.table["weight"] > 0, "fold"], plan.denied["fold"]])
    return [int((folds != fold).sum()) for fold in range(num_folds)]


def estimate_time(config: TrainConfig, sizes: Sequence[int], earlier: Sequence[Run]) -> Estimate | None:
    """The time that a run will take; None where no earlier run says so.

    Parameters
    ----------
    sizes : sequence of int
        The clips that each fold trains on.
    earlier : sequence of Run
        Newest first. The first one counts of which network, input, batches and this machine are the same.
    """
    if config.executor != "worker":  # folds that share the machine do not tell how they would alone
        return None
    named = [run for run in earlier if f"-{config.model}-" in run.run_id]
    for run in named[:_MOST_SEEN]:
        try:
            if _is_alike(run, config) and (estimate := _by(run, config, sizes)) is not None:
                return estimate
        except FsatError:  # damaged, which its own page says
            continue
    return None


def why_unknown(config: TrainConfig) -> str:
    """Why there is no estimate, in a sentence."""
    if config.executor != "worker":
        return "No estimate of the time: it is known for folds that are trained one after the other."
    return (
        f"No estimate of the time yet: no run of {config.model} with windows of {config.duration_s:g} s at "
        f"{config.sample_rate:,} Hz in batches of {config.batch_size} has finished a second epoch of a fold "
        "on this machine."
    )


def _is_alike(run: Run, config: TrainConfig) -> bool:
    status = run.status
    is_here = status.host == socket.gethostname() and status.device == detect_device().description
    return is_here and all(getattr(run.config, name) == getattr(config, name) for name in _ALIKE)


def _by(run: Run, config: TrainConfig, sizes: Sequence[int]) -> Estimate | None:
    metrics = run.metrics()
    known = metrics[(metrics["seconds"] > 0) & (metrics["num_steps"] > 0)]
    if known.empty:
        return None
    later = known[known["epoch"] > 1]  # the first epoch of a fold also compiles, and would be far too long
    if later.empty and config.max_epochs > 1:
        return None
    steady = known if later.empty else later
    step_s = float(steady["seconds"].sum() / steady["num_steps"].sum())
    steps = sum(math.ceil(size / config.batch_size) for size in sizes)
    rest_s = _rest_per_fold(run, run.status, known, step_s)
    rest = 0.0 if rest_s is None else rest_s * config.n_folds
    epochs = _expected_epochs(run, config, known)
    return Estimate(
        seconds=steps * epochs * step_s + rest,
        at_most=steps * config.max_epochs * step_s + rest,
        step_s=step_s,
        run_id=run.run_id,
        with_rest=rest_s is not None,
    )


def _rest_per_fold(run: Run, status: RunStatus, known: pd.DataFrame, step_s: float) -> float | None:
    """What a run took beside its steps, by fold; None where that is not known, as of one that was resumed."""
    total = elapsed_s(run, status)
    if status.state != "finished" or total is None or known["fold"].nunique() < run.config.n_folds:
        return None
    rest = total - step_s * float(known["num_steps"].sum())
    return rest / run.config.n_folds if rest > 0 else None


def _expected_epochs(run: Run, config: TrainConfig, known: pd.DataFrame) -> float:
    if run.status.state != "finished" or any(
        getattr(run.config, name) != getattr(config, name) for name in _SAME_END
    ):
        return config.max_epochs
    return float(known.groupby("fold")["epoch"].max().mean())
