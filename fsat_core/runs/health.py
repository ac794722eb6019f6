"""Which results of a finished run are damaged; resuming it trains or writes them anew."""

from collections.abc import Callable
from functools import partial

from fsat_core.errors import RunError
from fsat_core.runs.predictions import load_oof, read_saved
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import SavedFolds


def faults_of_results(run: Run) -> list[str]:
    """A line for each result of a finished run that cannot be read, the same line once.

    Raises
    ------
    RunError
        If what was pinned for the run cannot be read, which resuming would not mend.
    """
    saved = SavedFolds(run)
    checks: list[Callable[[], object]] = [
        *(partial(saved.check, fold) for fold in range(run.config.n_folds)),
        partial(load_oof, run),
        partial(_check_test, run, saved),
        partial(_check_scores, run),
    ]
    faults = []
    for check in checks:
        try:
            check()
        except RunError as error:
            faults.append(str(error))
    return list(dict.fromkeys(faults))


def _check_test(run: Run, saved: SavedFolds) -> None:
    if saved.shared_test_clips():
        read_saved(run, "test.parquet")


def _check_scores(run: Run) -> None:
    if run.scores is None:
        raise RunError(
            f"Run '{run.run_id}': scores.json is missing; expected its scores. "
            "Resume the run, which writes it anew."
        )
