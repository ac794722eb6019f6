"""The step from a run to what it has changed: its comparison with the run that it came from."""

from dataclasses import dataclass

from fsat_core.runs import Run
from fsat_core.runs.baseline import find_baseline
from ui.shared.cached import cached_by_run
from ui.shared.runs import finished_runs


@dataclass(frozen=True)
class Comparison:
    """What a run is best compared with.

    Parameters
    ----------
    baseline : Run
    label : str
        Of the button that compares them.
    is_next : bool
        Whether this is the next step: the run was made to be compared.
    """

    baseline: Run
    label: str
    is_next: bool


def best_comparison(run: Run) -> Comparison | None:
    """With which finished run to compare a run, and how to offer it; None where there is none."""
    return _compare(run, tuple(finished_runs().values()))


@cached_by_run(("config.json", "dataset.json"), max_entries=24)
def _compare(run: Run, finished: tuple[Run, ...]) -> Comparison | None:
    baseline = find_baseline(run, finished)
    if baseline is None:
        return None
    is_copy = baseline.run_id == run.dataset_record.copied_from
    label = "Compare with the run it was copied from" if is_copy else "Compare with the run before"
    return Comparison(baseline, label, is_copy or baseline.config.label_set != run.config.label_set)
