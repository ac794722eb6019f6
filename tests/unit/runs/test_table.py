"""The table of runs: a row each, damaged ones too, and what two of them differ in."""

import time
from collections.abc import Callable
from io import StringIO

import pandas as pd
import psutil
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.runs import (
    Run,
    RunStatus,
    differing_settings,
    elapsed_s,
    runs_table,
    save_notes,
)

NewRun = Callable[..., Run]


def test_the_table_has_a_row_per_run_with_all_of_its_configuration(finished: Run, run: Run) -> None:
    save_notes(finished, 'Good, "very"', ["a", "b"])
    table = runs_table([finished, run])
    assert table["run_id"].tolist() == [finished.run_id, run.run_id]
    assert set(TrainConfig.model_fields) < set(table.columns)
    first, second = (row for _, row in table.iterrows())
    for name, value in finished.config.model_dump().items():
        assert first[name] == (",".join(value) if isinstance(value, tuple) else value)
    scores = finished.scores or {}
    assert (first["lwlrap"], first["accuracy"]) == (scores["lwlrap"], scores["accuracy"])
    assert first[["state", "num_clips", "num_classes"]].tolist() == ["finished", 12, 3]
    assert first[["tags", "note", "error"]].tolist() == ["a,b", 'Good, "very"', ""]
    assert first["started_at"].endswith("+00:00")
    assert first["seconds"] > 0
    assert second[["state", "started_at", "seconds"]].tolist() == [
        "cancelled",
        "1970-01-01T00:16:40+00:00",
        60.5,
    ]
    assert pd.isna(second["lwlrap"])
    assert second[["tags", "note"]].tolist() == ["", ""]


def test_the_table_as_csv_keeps_whole_numbers_whole(finished: Run, run: Run) -> None:
    (run.path / "config.json").write_text("{")
    again = pd.read_csv(StringIO(runs_table([finished, Run(run.path)]).to_csv(index=False)), dtype=str)
    assert again.loc[0, ["n_folds", "seed", "num_clips", "batch_size"]].tolist() == ["2", "0", "12", "4"]


@pytest.mark.parametrize(
    ("name", "content", "lost"),
    [
        ("config.json", "{", "n_folds"),
        ("classes.json", "null", "num_classes"),
        ("status.json", '{"started_at": "noon"}', "started_at"),
        ("labels.csv", "cli", "num_clips"),
        ("scores.json", "[]", "lwlrap"),
        ("notes.json", "{", "note"),
    ],
)
def test_a_damaged_run_is_a_row_with_its_error(
    finished: Run, run: Run, name: str, content: str, lost: str
) -> None:
    (finished.path / name).write_text(content)
    damaged, whole = (row for _, row in runs_table([Run(finished.path), run]).iterrows())
    assert damaged["run_id"] == finished.run_id
    assert pd.isna(damaged[lost])
    assert f"{name} cannot be read" in damaged["error"]
    states = {"config.json": "damaged", "classes.json": "damaged", "status.json": "lost"}
    assert damaged["state"] == states.get(name, "finished"), "what can be read is there"
    assert whole["error"] == ""


def test_a_run_that_failed_says_why_in_the_table(run: Run) -> None:
    RunStatus(state="failed", error="The disk is full.").save(run.path / "status.json")
    assert runs_table([run])["error"].tolist() == ["The disk is full."]


def test_all_that_is_wrong_with_a_run_is_said_once(run: Run) -> None:
    RunStatus(state="failed", error="The disk is full.").save(run.path / "status.json")
    (run.path / "notes.json").write_text("{")
    (run.path / "scores.json").write_text("{")
    (run.path / "config.json").write_text("{")
    run = Run(run.path)
    (said,) = runs_table([run])["error"]
    assert said.startswith("The disk is full. Run ")
    assert said.count("config.json cannot be read") == 1, "though its folds are not known either"
    names = [said.index(f"{name}.json cannot be read") for name in ("config", "scores", "notes")]
    assert names == sorted(names)
    assert " or delete the run. Run " in said


def test_why_a_run_was_lost_is_in_the_table(run: Run) -> None:
    RunStatus(state="training", pid=0, started_at=1_000.0, heartbeat=1_010.46).save(run.path / "status.json")
    run.log_path.write_text("Killed\n")
    (row,) = runs_table([run]).to_dict("records")
    assert (row["state"], row["error"]) == ("lost", "The last line of its log: Killed")
    assert row["seconds"] == 10.5


def test_a_table_of_no_runs_has_its_columns() -> None:
    assert list(runs_table([]).columns)[:3] == ["run_id", "state", "model"]
    assert runs_table([]).empty


def test_differences_are_the_fields_whose_values_differ() -> None:
    a = TrainConfig.from_recipe("mfcc_cnn", seed=1)
    b = TrainConfig.from_recipe("mfcc_cnn", seed=2, splits=["curated", "noisy"])
    assert differing_settings([a, a]) == []
    assert differing_settings([a, a, b]) == ["seed", "splits"]


def test_time_taken_ends_with_the_run(run: Run) -> None:
    assert elapsed_s(run, RunStatus()) is None
    assert elapsed_s(run, run.status) == 60.5
    lost = RunStatus(state="training", started_at=1_000.0, heartbeat=1_010.0, create_time=-1.0)
    lost.save(run.path / "status.json")
    assert elapsed_s(run, lost) == 10.0
    me = psutil.Process()
    active = RunStatus(state="training", started_at=1_000.0, pid=me.pid, create_time=me.create_time())
    active.save(run.path / "status.json")
    assert elapsed_s(run, active, now=1_030.0) == 30.0
    assert elapsed_s(run, active) == pytest.approx(time.time() - 1_000, abs=60)
