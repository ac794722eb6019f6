"""A share of all damages to the files of a run: mended, or one line, and the run is still listed."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.faults.damaged_runs import (
    FILES,
    Damage,
    all_damages,
    damage,
    faults_of_commands,
    faults_of_pages,
    make_runs,
    mend,
)
from fsat_core.runs import Run, find_run
from fsat_core.settings import Settings

SHARE, OF_PAGES = 16, 5
CHOSEN = random.Random(5).sample(all_damages(), SHARE)


@pytest.fixture
def hurt(
    finished_runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Settings, Callable[[Damage], Run]]:
    """Settings with a whole run, and what makes a damaged one beside it."""
    settings, make = make_runs(tmp_path, finished_runs["mfcc_dummy"])
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    def hurt(what: Damage) -> Run:
        run = make()
        damage(run, what)
        return run

    return settings, hurt


def test_there_are_enough_damages() -> None:
    assert len(all_damages()) >= 108
    assert len(set(all_damages())) == len(all_damages())


def test_every_file_of_a_run_is_damaged(finished_runs: dict[str, Run]) -> None:
    run = finished_runs["mfcc_dummy"]
    there = {path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()}
    covered = {name for name in there if name.startswith(("fold_00/", "tensorboard/"))} | set(FILES)
    assert there <= covered


@pytest.mark.parametrize("what", CHOSEN, ids=str)
def test_commands_say_one_line_and_a_resume_mends_what_it_can(
    hurt: tuple[Settings, Callable[[Damage], Run]], what: Damage
) -> None:
    settings, make = hurt
    run, whole = make(what), find_run(settings.runs_dir, "whole")
    clip = next((whole.data_dir / "test").iterdir())
    assert list(faults_of_commands(run, whole, clip)) == []
    mend(run, settings)


@pytest.mark.parametrize("what", CHOSEN[:OF_PAGES], ids=str)
def test_no_page_breaks(hurt: tuple[Settings, Callable[[Damage], Run]], what: Damage) -> None:
    _, make = hurt
    assert list(faults_of_pages(make(what), ("train", "evaluate", "predict"))) == []
