"""Creating a run: everything is pinned that a worker needs, or nothing is left behind."""

import time
from collections.abc import Callable

import pandas as pd
import pytest

from fsat_core.errors import ConfigError, RunError
from fsat_core.runs import Run, list_runs
from fsat_core.settings import Settings

NewRun = Callable[..., Run]


@pytest.fixture
def run(new_run: NewRun) -> Run:
    return new_run()


def test_creating_pins_everything_a_worker_needs(run: Run, settings: Settings) -> None:
    assert {path.name for path in run.path.iterdir()} == {
        "config.json",
        "labels.csv",
        "test_clips.csv",
        "skipped.csv",
        "classes.json",
        "features.json",
        "dataset.json",
    }
    assert run.path.parent == settings.runs_dir
    assert run.config.model == "mfcc_dummy"
    assert run.classes == ["Bark", "Knock", "Meow"]
    assert run.feature_spec == run.config.feature_spec
    assert run.data_dir == settings.data_dir
    assert run.labels()["fold"].value_counts().to_dict() == {0: 6, 1: 6}
    assert run.test_clips() == [f"test/test_{name}.wav" for name in ("bark", "knock", "meow", "siren")]
    assert (run.folds, run.scores, run.log_tail()) == ([], None, "")


def test_run_id_is_date_time_model_and_four_digits(run: Run) -> None:
    date, clock, model, digits = run.run_id.split("-")
    assert time.strptime(f"{date}-{clock}", "%Y%m%d-%H%M%S")
    assert model == "mfcc_dummy"
    assert len(digits) == 4
    assert int(digits, base=16) >= 0


def test_unreadable_clips_are_listed_and_left_out(settings: Settings, new_run: NewRun) -> None:
    (settings.data_dir / "train_curated" / "bark_0.wav").write_bytes(b"")
    (settings.data_dir / "test" / "test_bark.wav").write_text("text")
    (settings.data_dir / "train_noisy" / "noisy_bark.wav").write_text("text")  # not among the splits
    run = new_run()
    skipped = run.skipped()
    assert skipped["clip_id"].tolist() == ["curated/bark_0.wav", "test/test_bark.wav"]
    assert skipped["error"].str.len().min() > 0
    assert "curated/bark_0.wav" not in set(run.labels()["clip_id"])
    assert "test/test_bark.wav" not in run.test_clips()


def test_clips_skipped_later_leave_labels_and_test(run: Run) -> None:
    table = pd.DataFrame({"clip_id": ["curated/bark_0.wav", "test/test_meow.wav"], "error": "damaged"})
    table.to_csv(run.path / "skipped.csv", index=False)
    assert len(run.labels()) == 11
    assert run.labels().index.tolist() == list(range(11))
    assert "test/test_meow.wav" not in run.test_clips()


def test_too_few_clips_leave_no_folder_behind(new_run: NewRun, settings: Settings) -> None:
    with pytest.raises(ConfigError):
        new_run(n_folds=13)
    assert list_runs(settings.runs_dir) == []
    assert not settings.runs_dir.exists()


def test_runs_folder_that_is_a_file(new_run: NewRun, settings: Settings) -> None:
    settings.runs_dir.write_text("")
    with pytest.raises(RunError, match=r"Cannot make a run in .*FSAT_RUNS_DIR"):
        new_run()
