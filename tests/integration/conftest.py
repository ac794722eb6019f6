"""Fixtures of all commands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from fsat_core.download.record import PARTS
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.commands import Command
from tests.helpers.record_server import RecordServer, zip_folder


@pytest.fixture
def command(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands on the tiny set, with empty runs and cache folders."""
    return Command(capsys)


@pytest.fixture
def trained(finished_runs: dict[str, Run]) -> Run:
    """A finished run, which nobody may change."""
    return finished_runs["mfcc_dummy"]


@pytest.fixture(scope="session")
def published(write_set: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny set in the layout of the record, with noisy clips that a split archive needs pieces for."""
    root = write_set(tmp_path_factory.mktemp("published") / "set", "zenodo")
    rng = np.random.default_rng(0)
    for path in (root / PARTS["noisy"]).iterdir():
        sf.write(path, rng.uniform(-1, 1, 40_000), 8_000, subtype="PCM_16")
    (root / PARTS["doc"]).mkdir()
    (root / PARTS["doc"] / "README.md").write_text("Documentation")
    return root


@pytest.fixture(scope="session")
def small_archives(published: Path) -> dict[str, bytes]:
    """The archives of all parts but the noisy one."""
    return {f"{name}.zip": zip_folder(published / name) for part, name in PARTS.items() if part != "noisy"}


@pytest.fixture
def server(small_archives: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordServer]:
    """A server with these archives, which `download` asks."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with RecordServer(small_archives).running() as running:
        monkeypatch.setenv("FSAT_RECORD_URL", running.url)
        yield running
