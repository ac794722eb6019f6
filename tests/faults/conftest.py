"""What attacks are tried on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile import attacks
from fsat_core.runs import Run
from tools.app_server import AppServer


@pytest.fixture
def finished(finished_runs: dict[str, Run], tmp_path: Path) -> Run:
    """A finished run of two folds, which may be changed."""
    source = finished_runs["mfcc_dummy"].path
    return Run(Path(shutil.copytree(source, tmp_path / "own" / source.name)))


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory, finished_runs: dict[str, Run]) -> Iterator[AppServer]:
    """The app with a finished run, beside a file that must not come out."""
    folder = tmp_path_factory.mktemp("besieged")
    (folder / "secret.txt").write_text(attacks.SECRET)
    server = AppServer(folder / "app", finished_runs["mfcc_dummy"].data_dir)
    for run in finished_runs.values():
        shutil.copytree(run.path, server.runs_dir / run.run_id)
    server.start()
    yield server
    server.stop()
