"""The runs that predict when nobody has chosen any, and how they are combined."""

from collections.abc import Sequence
from pathlib import Path

from fsat_core.errors import FsatError
from fsat_core.prediction.combine import Combination
from fsat_core.prediction.together import weights_of
from fsat_core.runs.run import Run


def usable_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs that have a saved fold, whatever state they are in; damaged ones are left out."""
    return [run for run in runs if not run.fault and run.folds]


def best_runs(runs: Sequence[Run], data_dir: Path) -> list[Run]:
    """The run with the highest out-of-fold lwlrap of each network, or the first run where none has finished.

    Runs on the data set in `data_dir` go before all others, and dummies take part only if there is nothing
    else.
    """
    here = [run for run in runs if _data_dir(run) == data_dir] or runs
    real = [run for run in here if not run.config.network.is_dummy] or here
    best: dict[str, tuple[float, Run]] = {}
    for run in real:
        lwlrap = _lwlrap(run)
        if lwlrap is not None and lwlrap > best.get(run.config.model, (-1.0,))[0]:
            best[run.config.model] = (lwlrap, run)
    return [run for _, run in best.values()] or list(real[:1])


def best_run(runs: Sequence[Run], data_dir: Path) -> Run | None:
    """The best of `best_runs`; None where there is no run."""
    return max(best_runs(runs, data_dir), key=lambda run: _lwlrap(run) or 0.0, default=None)


def can_be_weighed(runs: Sequence[Run]) -> bool:
    """Whether these are several runs for which the weights of a weighted mean can be learned."""
    if len(runs) < 2:
        return False
    try:
        weights_of(runs)
    except FsatError:  # one has not finished, or is on other clips
        return False
    return True


def default_combination(runs: Sequence[Run]) -> Combination:
    """The weighted mean where `can_be_weighed`, else the geometric one.

    In a mean in which all count alike, a network that knows much is held back by those that know little.
    """
    return "weighted" if can_be_weighed(runs) else "geometric"


def _data_dir(run: Run) -> Path | None:
    try:
        return run.data_dir
    except FsatError:  # not known: a run from elsewhere
        return None


def _lwlrap(run: Run) -> float | None:
    try:
        return (run.scores or {}).get("lwlrap")
    except FsatError:  # a damaged file; the networks may still be of use
        return None
