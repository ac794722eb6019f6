"""The run that a new one is compared with first."""

import json
import shutil
from pathlib import Path

import pytest

from fsat_core.runs import Run
from fsat_core.runs.baseline import find_baseline

NAMES = ["20260101-000000-a", "20260102-000000-b", "20260103-000000-c"]


@pytest.fixture
def runs(finished_runs: dict[str, Run], tmp_path: Path) -> list[Run]:
    """Three finished runs of one data set, the oldest first."""
    return [Run(Path(shutil.copytree(finished_runs["mfcc_dummy"].path, tmp_path / name))) for name in NAMES]


def record(run: Run, name: str, **values: object) -> None:
    known = json.loads((run.path / name).read_text())
    (run.path / name).write_text(json.dumps(known | values))


def test_the_run_before_it(runs: list[Run]) -> None:
    assert find_baseline(runs[2], runs[::-1]) is runs[1]
    assert find_baseline(runs[0], runs) is None


def test_the_run_that_it_was_copied_from_before_all_others(runs: list[Run]) -> None:
    record(runs[2], "dataset.json", copied_from=NAMES[0])
    assert find_baseline(runs[2], runs) is runs[0]
    assert find_baseline(runs[2], runs[1:]) is runs[1], "the original has been deleted"


def test_no_run_of_another_task_or_data_set(runs: list[Run]) -> None:
    record(runs[1], "config.json", task="multi")
    record(runs[0], "dataset.json", data_dir="/elsewhere")
    assert find_baseline(runs[2], runs) is None


def test_a_damaged_record_is_no_reason_to_stop(runs: list[Run]) -> None:
    (runs[1].path / "dataset.json").write_text("{")
    assert find_baseline(runs[2], runs) is runs[0]
    assert find_baseline(runs[1], runs) is None
