"""How long a run will take: by a run like it on this machine, or not at all."""

import socket
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from fsat_core.runs import Run, RunStatus
from fsat_core.runs.device import detect_device
from fsat_core.training.estimate import estimate_time, training_sizes, why_unknown
from fsat_core.training.folds import LabelledClips

NewRun = Callable[..., Run]


def train(run: Run, epochs: int = 3, step_s: float = 2.0, seconds: float = 100.0, **status: Any) -> Run:
    """What a finished run leaves: 2 steps in an epoch, of which the first takes 10 s more."""
    for fold in range(run.config.n_folds):
        run.fold_dir(fold).mkdir()
        table = pd.DataFrame({"epoch": range(1, epochs + 1), "seconds": 2 * step_s, "num_steps": 2})
        table.loc[0, "seconds"] += 10
        for name in ("loss", "accuracy", "lwlrap"):
            table[name] = table[f"val_{name}"] = 0.5
        table.assign(clips_per_s=1.0).to_csv(run.fold_dir(fold) / "metrics.csv", index=False)
    device = detect_device().description
    values: dict[str, Any] = {"device": device, "started_at": 1000.0, "finished_at": 1000.0 + seconds}
    RunStatus("finished", **(values | status)).save(run.path / "status.json")
    return run


def test_steps_by_the_time_of_one_and_the_rest_by_fold(new_run: NewRun) -> None:
    run = train(new_run(n_folds=2, max_epochs=50, patience=5, batch_size=4))
    estimate = estimate_time(run.config, [6, 6], [run])
    assert estimate is not None
    assert (estimate.step_s, estimate.run_id, estimate.with_rest) == (2.0, run.run_id, True)
    rest = 100 - 2 * 3 * 2 * 2.0  # of both folds: three epochs of two steps
    assert estimate.seconds == pytest.approx(2 * 2 * 3 * 2.0 + rest), "folds are expected to end as early"
    assert estimate.at_most == pytest.approx(2 * 2 * 50 * 2.0 + rest)
    more = estimate_time(run.config.replace(max_epochs=10, n_folds=3), [9, 9, 9], [run])
    assert more is not None
    assert more.seconds == more.at_most == pytest.approx(3 * 3 * 10 * 2.0 + rest * 1.5)


@pytest.mark.parametrize(
    "other",
    [{"model": "wave_dummy"}, {"batch_size": 5}, {"duration_s": 0.7}, {"executor": "processes"}],
)
def test_nothing_is_guessed_from_a_run_that_is_not_alike(new_run: NewRun, other: dict[str, Any]) -> None:
    run = train(new_run(batch_size=4))
    config = run.config.replace(**other)
    assert estimate_time(config, [6, 6], [run]) is None
    assert why_unknown(config).startswith("No estimate of the time")


@pytest.mark.parametrize("status", [{"device": "Another one"}, {"host": f"not-{socket.gethostname()}"}])
def test_nothing_is_guessed_from_another_machine(new_run: NewRun, status: dict[str, Any]) -> None:
    run = train(new_run(), **status)
    assert estimate_time(run.config, [6, 6], [run]) is None


def test_damaged_runs_and_those_without_times_are_passed_over(new_run: NewRun) -> None:
    good, old, damaged, unstarted = (new_run(seed=seed) for seed in range(4))
    for run in (good, old, damaged):
        train(run)
    for fold in (0, 1):
        path = old.fold_dir(fold) / "metrics.csv"
        pd.read_csv(path).drop(columns=["seconds", "num_steps"]).to_csv(path, index=False)
    (damaged.fold_dir(0) / "metrics.csv").write_text("torn")
    estimate = estimate_time(good.config, [6, 6], [unstarted, damaged, old, good])
    assert estimate is not None
    assert estimate.run_id == good.run_id
    assert estimate_time(good.config, [6, 6], [unstarted, damaged, old]) is None


def test_first_epochs_alone_tell_only_of_runs_of_one_epoch(new_run: NewRun) -> None:
    run = train(new_run(max_epochs=1), epochs=1)
    assert estimate_time(run.config.replace(max_epochs=2), [6, 6], [run]) is None
    assert estimate_time(run.config, [6, 6], [run]) is not None


def test_a_resumed_run_does_not_say_what_is_beside_the_steps(new_run: NewRun) -> None:
    run = train(new_run(), seconds=1.0)
    estimate = estimate_time(run.config, [6, 6], [run])
    assert estimate is not None
    assert not estimate.with_rest


def test_clips_of_no_weight_are_no_training_clips() -> None:
    table = pd.DataFrame({"fold": [0, 0, 1, 1], "weight": [1.0, 0.0, 1.0, 0.5]})
    assert training_sizes(LabelledClips(table, ["Bark", "Meow"], []), 2) == [2, 1]
    denied = pd.DataFrame({"clip_id": ["curated/a.wav", "noisy/b.wav"], "denied": "Bark", "fold": [-1, 0]})
    assert training_sizes(LabelledClips(table, ["Bark", "Meow"], [], denied), 2) == [3, 3]
