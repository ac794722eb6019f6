"""Runs that have ended, in a runs folder of their own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings


@pytest.fixture
def unstarted(created_run: Run, settings: Settings) -> Run:
    """A run that has just been created, in the runs folder."""
    target = settings.runs_dir / created_run.run_id
    return Run(Path(shutil.copytree(created_run.path, target, copy_function=shutil.copy)))


@pytest.fixture
def run(unstarted: Run) -> Run:
    """A run that ended long ago."""
    status = RunStatus(state="cancelled", started_at=1_000.0, finished_at=1_060.5)
    status.save(unstarted.path / "status.json")
    return unstarted


@pytest.fixture
def finished(finished_runs: dict[str, Run], settings: Settings) -> Run:
    """A copy of a finished run in the runs folder."""
    source = finished_runs["mfcc_dummy"].path
    return Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))


@pytest.fixture
def keyboard(tmp_path: Path) -> Iterator[None]:
    """Lets our standard input be a file, as it would be a terminal."""
    (tmp_path / "typed").touch()
    before = os.dup(0)
    with (tmp_path / "typed").open() as typed:
        os.dup2(typed.fileno(), 0)
    yield
    os.dup2(before, 0)
    os.close(before)
