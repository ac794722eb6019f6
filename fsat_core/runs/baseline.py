"""The run that a new one is compared with first."""

from collections.abc import Sequence

from fsat_core.errors import FsatError
from fsat_core.runs.run import Run


def find_baseline(run: Run, finished: Sequence[Run]) -> Run | None:
    """The run that this one was copied from, else the one before it of its task and data set; or None.

    Parameters
    ----------
    run : Run
    finished : sequence of Run
        The runs to choose from, all of which have finished.
    """
    try:
        named = [other for other in finished if other.run_id == run.dataset_record.copied_from]
        earlier = [other for other in finished if other.run_id < run.run_id and _alike(run, other)]
    except FsatError:  # a damaged file, of which others tell
        return None
    return next(iter(named), max(earlier, key=lambda other: other.run_id, default=None))


def _alike(run: Run, other: Run) -> bool:
    try:
        return (run.config.task, run.data_dir) == (other.config.task, other.data_dir)
    except FsatError:  # a run from elsewhere
        return False
