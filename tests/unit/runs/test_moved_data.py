"""Runs whose data set has been moved."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.errors import DatasetError, RunError
from fsat_core.runs import Run, RunStatus, check_data, point_to
from fsat_core.settings import Settings


@pytest.fixture
def lost(new_run: Callable[..., Run], settings: Settings, tmp_path: Path) -> Run:
    """A run that has failed, since its data set has been moved to `tmp_path / "elsewhere"`."""
    run = new_run()
    RunStatus(state="failed").save(run.path / "status.json")
    settings.data_dir.rename(tmp_path / "elsewhere")
    return Run(run.path)


def test_a_run_reads_its_clips_where_they_are_now(lost: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=rf"is not at .*resume {lost.run_id} --data DIR") as caught:
        check_data(lost)
    assert "\n" not in str(caught.value)
    warnings = lost.warnings
    moved = point_to(lost, tmp_path / "elsewhere")
    check_data(moved)
    assert Run(lost.path).data_dir == tmp_path / "elsewhere"
    assert Run(lost.path).warnings == warnings


def test_a_set_without_all_clips_is_another_one(lost: Run, tmp_path: Path) -> None:
    table = tmp_path / "elsewhere" / "train_curated.csv"
    table.write_text(table.read_text().replace("bark_0.wav,Bark\n", ""))
    with pytest.raises(RunError, match=r"lacks 1 of the 16 clips of run .* \(curated/bark_0\.wav\)"):
        point_to(lost, tmp_path / "elsewhere")
    assert Run(lost.path).data_dir != tmp_path / "elsewhere"
    (lost.path / "gone.csv").write_text("clip_id,error\ncurated/bark_0.wav,gone\n")
    assert point_to(lost, tmp_path / "elsewhere").data_dir == tmp_path / "elsewhere"
    (tmp_path / "elsewhere" / "sample_submission.csv").unlink()
    (tmp_path / "elsewhere" / "test" / "test_bark.wav").unlink()
    with pytest.raises(RunError, match=r"lacks 1 of the 16 clips of run .* \(test/test_bark\.wav\)"):
        point_to(lost, tmp_path / "elsewhere")
    with pytest.raises(DatasetError, match="No data folder"):
        point_to(lost, tmp_path / "nowhere")


def test_an_active_run_is_left_alone(new_run: Callable[..., Run], settings: Settings) -> None:
    run = new_run()
    assert run.is_active
    with pytest.raises(RunError, match="Stop it first"):
        point_to(run, settings.data_dir)
