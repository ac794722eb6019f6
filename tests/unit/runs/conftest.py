"""Runs that have ended, in a runs folder of their own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings


@pytest.fixture
def run(new_run: Callable[..., Run]) -> Run:
    """A run that ended long ago."""
    created = new_run()
    RunStatus(state="cancelled", started_at=1_000.0, finished_at=1_060.5).save(created.path / "status.json")
    return created


@pytest.fixture
def finished(finished_runs: dict[str, Run], settings: Settings) -> Run:
    """A copy of a finished run in the runs folder."""
    source = finished_runs["mfcc_dummy"].path
    return Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))
