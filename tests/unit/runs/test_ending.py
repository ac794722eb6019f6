"""What came of a run, in a line."""

import json
from collections.abc import Callable

import pytest

from fsat_core.runs import Run, RunStatus
from fsat_core.runs.ending import describe_end


@pytest.fixture
def run(predicted_run: Callable[..., Run]) -> Run:
    """A run of two folds, of which the first is saved."""
    return predicted_run({"curated/a.wav": ("Bark", [0.9, 0.1])}, folds=[[]])


def test_scores_are_what_came_of_a_finished_run(run: Run) -> None:
    (run.path / "scores.json").write_text(json.dumps({"lwlrap": 0.87654, "accuracy": 0.8125}))
    finished = RunStatus(state="finished", error="of an earlier start")
    assert describe_end(run, finished) == "Out of fold: lwlrap 0.877, accuracy 81.2%."
    assert describe_end(run, RunStatus(state="cancelled")) == "1 of 2 folds saved."


def test_what_is_saved_is_what_came_of_the_others(run: Run) -> None:
    for state in ("cancelled", "lost", "finished"):
        assert describe_end(run, RunStatus(state=state)) == "1 of 2 folds saved."


def test_why_a_run_failed(run: Run) -> None:
    assert describe_end(run, RunStatus(state="failed", error="The disk is full.")) == "The disk is full."
    assert describe_end(run, RunStatus(state="failed")) == "Its log says why."


def test_which_file_is_damaged(run: Run) -> None:
    (run.path / "scores.json").write_text("{")
    said = describe_end(run, RunStatus(state="finished"))
    assert said.startswith(f"Run '{run.run_id}' is damaged: scores.json cannot be read (it is not JSON)")
