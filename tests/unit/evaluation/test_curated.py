"""To which runs the warning about curated scores applies."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.dataset.layouts import DEMO_MARKER
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.evaluation import WARNING_CURATED, curated_warning
from fsat_core.runs import Run

SOME = sorted(FSDKAGGLE2019_CLASSES)[:10]


@pytest.fixture
def run_on(new_run: Callable[..., Run]) -> Callable[..., Run]:
    """Creates a run on the tiny set that says it has these classes."""

    def create(classes: list[str], **config: object) -> Run:
        run = new_run(**config)
        (run.path / "classes.json").write_text(json.dumps(classes))
        return Run(run.path)

    return create


def test_there_are_80_classes() -> None:
    assert len(FSDKAGGLE2019_CLASSES) == 80
    assert {
        "Bark",
        "Hi-hat",
        "Zipper_(clothing)",
        "Accelerating_and_revving_and_vroom",
    } <= set(FSDKAGGLE2019_CLASSES)


def test_it_applies_to_curated_clips_of_many_of_its_classes(run_on: Callable[..., Run]) -> None:
    assert curated_warning(run_on(SOME)) == WARNING_CURATED
    assert curated_warning(run_on([*SOME, "Rooster"], splits=("curated", "noisy"))) == WARNING_CURATED
    assert curated_warning(run_on(SOME[:9])) is None, "a handful of these names says little"
    assert curated_warning(run_on(["Rooster", "Siren"])) is None
    assert curated_warning(run_on(SOME, splits=("noisy",))) is None


def test_it_does_not_apply_to_a_curated_part_alone(run_on: Callable[..., Run], kaggle_set: Path) -> None:
    run = run_on(SOME)
    for name in ("train_noisy.csv", "sample_submission.csv"):
        (kaggle_set / name).unlink()
    shutil.rmtree(kaggle_set / "train_noisy")
    assert curated_warning(run) == WARNING_CURATED, "test clips are left"
    shutil.rmtree(kaggle_set / "test")
    assert curated_warning(run) is None


def test_it_does_not_apply_to_the_demo_set(run_on: Callable[..., Run], kaggle_set: Path) -> None:
    run = run_on(SOME)
    (kaggle_set / DEMO_MARKER).touch()
    assert curated_warning(run) is None


def test_of_a_set_that_is_gone_the_classes_tell(run_on: Callable[..., Run], kaggle_set: Path) -> None:
    run, other = run_on(SOME), run_on(["Rooster", "Siren"])
    shutil.rmtree(kaggle_set)
    assert curated_warning(run) == WARNING_CURATED
    assert curated_warning(other) is None
