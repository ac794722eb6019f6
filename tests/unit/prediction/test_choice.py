"""Which runs answer where nobody has chosen any."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.files import write_json
from fsat_core.models import NETWORKS
from fsat_core.prediction.choice import best_run, best_runs, can_be_weighed, usable_runs
from fsat_core.runs import Run
from fsat_core.settings import Settings

ScoredRun = Callable[..., Run]


@pytest.fixture
def scored_run(new_run: Callable[..., Run]) -> ScoredRun:
    """Creates a run with a score: `scored_run("mfcc_cnn", 0.5, data_dir)`; None: it has not finished."""

    def create(model: str, lwlrap: float | None, data_dir: Path | None = None) -> Run:
        run = new_run(model, duration_s=1.0, n_mfcc=16)
        if lwlrap is not None:
            write_json(run.path / "scores.json", {"lwlrap": lwlrap, "accuracy": 0.5})
        if data_dir is not None:
            write_json(run.path / "dataset.json", {"data_dir": str(data_dir), "warnings": []})
        return Run(run.path)

    return create


def test_the_best_run_of_each_network(scored_run: ScoredRun, settings: Settings) -> None:
    weak, strong = scored_run("mfcc_cnn", 0.3), scored_run("mfcc_cnn", 0.4)
    wave = scored_run("wave_cnn", 0.1)
    unfinished = scored_run("mfcc_cnn", None)
    assert best_runs([unfinished, weak, strong, wave], settings.data_dir) == [strong, wave]
    assert best_run([unfinished, wave, weak, strong], settings.data_dir) == strong
    assert best_run([], settings.data_dir) is None


def test_runs_on_this_data_go_before_others(scored_run: ScoredRun, settings: Settings) -> None:
    elsewhere = scored_run("mfcc_cnn", 0.9, settings.data_dir / "other")
    here = scored_run("mfcc_cnn", 0.1)
    assert best_runs([elsewhere, here], settings.data_dir) == [here]
    assert best_runs([elsewhere], settings.data_dir) == [elsewhere]


@pytest.mark.parametrize("dummy", [name for name, spec in NETWORKS.items() if spec.is_dummy])
def test_a_dummy_does_not_take_part_beside_a_network(
    scored_run: ScoredRun, settings: Settings, dummy: str
) -> None:
    run, network = scored_run(dummy, 0.9), scored_run("wave_cnn", 0.1)
    assert best_runs([run, network], settings.data_dir) == [network]
    assert best_runs([run], settings.data_dir) == [run]


def test_several_finished_runs_on_the_same_clips_can_be_weighed(
    finished_runs: dict[str, Run], new_run: Callable[..., Run]
) -> None:
    runs = list(finished_runs.values())
    assert can_be_weighed(runs)
    assert not can_be_weighed(runs[:1])
    assert not can_be_weighed([])
    assert not can_be_weighed([*runs, new_run("mfcc_dummy")])


@pytest.mark.parametrize("name", ["scores.json", "dataset.json"])
def test_a_damaged_file_hides_no_other_run(scored_run: ScoredRun, settings: Settings, name: str) -> None:
    damaged, whole = scored_run("mfcc_cnn", 0.9), scored_run("mfcc_cnn", 0.1)
    (damaged.path / name).write_text("{ torn")
    assert best_runs([damaged, whole], settings.data_dir) == [whole]


def test_without_a_finished_run_the_first_one(scored_run: ScoredRun, settings: Settings) -> None:
    runs = [scored_run("mfcc_cnn", None) for _ in range(2)]
    assert best_runs(runs, settings.data_dir) == runs[:1]
    assert best_runs([], settings.data_dir) == []


def test_usable_is_what_has_a_saved_fold(new_run: Callable[..., Run]) -> None:
    run = new_run()
    assert usable_runs([run]) == []
    run.fold_dir(1).mkdir()
    (run.fold_dir(1) / "oof.npy").touch()
    assert usable_runs([run]) == [run]
