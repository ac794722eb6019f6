"""How a run has ended, in words."""

from fsat_core.errors import RunError
from fsat_core.runs.run import Run
from fsat_core.runs.status import RunStatus
from fsat_core.text import counted

ENDINGS = {
    "finished": "Finished",
    "failed": "Failed",
    "cancelled": "Stopped",
    "lost": "Lost",
    "damaged": "Damaged",
}


def describe_end(run: Run, status: RunStatus) -> str:
    """What came of a run that has ended, in a line: its scores, or why there are none."""
    if status.state == "failed":
        return status.error or "Its log says why."
    try:
        if status.state == "finished" and (scores := run.scores) is not None:
            return f"Out of fold: lwlrap {scores['lwlrap']:.3f}, accuracy {scores['accuracy']:.1%}."
        return f"{len(run.folds)} of {counted(run.config.n_folds, 'fold')} saved."
    except RunError as error:
        return str(error)
