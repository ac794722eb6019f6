"""What several runs are worth together, worked out once for each choice of runs, and the submission."""

import io
from collections.abc import Callable, Sequence
from operator import attrgetter

import numpy as np
import pandas as pd

from fsat_core import evaluation
from fsat_core.dataset import Dataset
from fsat_core.evaluation import Predictions, Scores
from fsat_core.prediction.combine import Mean
from fsat_core.prediction.run_table import RunTable, align_oof, align_test
from fsat_core.prediction.stacking import Stack, fit_weights
from fsat_core.prediction.submission import SubmissionReport, write_submission, write_top3
from fsat_core.prediction.together import Method, combine_oof, combine_test, fit_stack, leave_one_out
from fsat_core.runs import Run
from fsat_core.runs.predictions import with_truth
from ui.evaluate.results import as_trained, judged_run, judges
from ui.evaluate.truth import Truth
from ui.shared import state
from ui.shared.cached import cached_by_run


@judged_run(max_entries=12)
def alone(runs: Sequence[Run]) -> list[Scores]:
    """Scores of each run on the clips that all have; a class that a run does not know is its least likely."""
    table = _table(runs)
    members = (np.nan_to_num(own) for own in table.probabilities)
    return [evaluation.score(Predictions(table.clip_ids, table.classes, table.truth, own)) for own in members]


@judged_run(max_entries=24)
def combined(runs: Sequence[Run], method: Method) -> Scores:
    """Out-of-fold scores of all runs together."""
    return evaluation.score(combine_oof(_table(runs), _how(runs, method)))


@judged_run(max_entries=24, hash_funcs={Truth: attrgetter("key")})
def combined_test(runs: Sequence[Run], method: Method, truth: Truth) -> dict[str, Scores]:
    """Scores of all runs together on the test clips, with the parts of `ui.evaluate.truth.test_scores`."""
    predictions = with_truth(combine_test(align_test(runs), _how(runs, method)), truth.table)
    return evaluation.score_by_usage(predictions, truth.table)


@judged_run(max_entries=12, show_spinner="Leaving out each run in turn")
def left_out(runs: Sequence[Run], method: Method) -> pd.DataFrame:
    """What each run adds to the others, as from `leave_one_out`."""
    return leave_one_out(_table(runs), method)


@judged_run(max_entries=8)
def weights(runs: Sequence[Run]) -> list[float]:
    """How much each run counts in the weighted mean."""
    return fit_weights(_table(runs)).per_run.tolist()


@judged_run(max_entries=12)
def num_relabelled(runs: Sequence[Run]) -> int:
    """Number of the clips of all runs that were not trained with the same labels in all of them."""
    first, *others = map(as_trained, runs)
    shared = set(_table(runs).clip_ids)
    pairs = [evaluation.pair_up(baseline=other, candidate=first) for other in others]
    differs = {clip_id for pair in pairs for clip_id in pair.relabelled}
    return len(differs & shared)


@cached_by_run(
    max_entries=4, show_spinner="Writing the submission", hash_funcs={Dataset: lambda _: state.version()}
)
def submission(
    runs: Sequence[Run], data: Dataset, method: Method, with_pretrained: bool = False
) -> tuple[bytes, SubmissionReport]:
    """`submission.csv` for the data set in use, and what the user should know of it."""
    file = io.BytesIO()
    report = write_submission(file, runs, data, method, with_pretrained)
    return file.getvalue(), report


def top_3(
    runs: Sequence[Run], data: Dataset, method: Method, with_pretrained: bool = False
) -> Callable[[], bytes]:
    """A function that writes the three likeliest classes of each test clip; called only on download."""

    def write() -> bytes:
        file = io.BytesIO()
        write_top3(file, [Run(run.path) for run in runs], data, method, with_pretrained)
        return file.getvalue()

    return write


def _how(runs: Sequence[Run], method: Method) -> Mean | Stack:
    return method if method in ("geometric", "arithmetic") else _stack(runs, method)


@judged_run(max_entries=4)
def _table(runs: Sequence[Run]) -> RunTable:
    table, labels = align_oof(runs), judges(runs[0])
    return table if labels is None else table.judge(labels.table)


@judged_run(max_entries=8, show_spinner="Learning how to combine the runs")
def _stack(runs: Sequence[Run], method: Method) -> Mean | Stack:
    return fit_stack(_table(runs), method)
