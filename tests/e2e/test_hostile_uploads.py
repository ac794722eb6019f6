"""Files that could end the app, dropped on Predict beside a good clip."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.sets.hostile_sounds import QUICK
from benchmarks.targets.uploads import LIMIT_MB, drop_beside, write_files
from fsat_core.runs import Run
from tools.app_server import AppServer
from tools.long_sounds import write_sparse_wav


@pytest.fixture(scope="module")
def app(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, finished_runs: dict[str, Run]
) -> Iterator[AppServer]:
    """The app with a finished run."""
    server = AppServer(tmp_path_factory.mktemp("app"), finished_runs["mfcc_dummy"].data_dir)
    run = finished_runs["mfcc_dummy"]
    shutil.copytree(run.path, server.runs_dir / run.run_id)
    server.start()
    yield server
    server.stop()


def test_a_good_clip_is_answered_beside_files_that_promise_too_much(
    app: AppServer, browser: Browser, tmp_path: Path
) -> None:
    good = app.data_dir / "test" / "test_bark.wav"
    files = write_files(tmp_path / "files", QUICK)
    files.append(write_sparse_wav(tmp_path / "ten minutes.wav", 600, 16_000))
    contexts = [browser.new_context() for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    drop_beside(app, pages, good, files)
    pages[0].goto(f"{app.url}/predict")
    pages[0].locator("input[type=file]").set_input_files(files)
    for name in ("day at 1 Hz.flac", "10 h.flac", "10 Hz.wav", "100 MHz.wav", "1e19.wav", "NaN.wav"):
        expect(pages[0].get_by_text(f"{name}: ", exact=False).first).to_be_visible(timeout=60_000)
    assert app.peak_mb() < LIMIT_MB
    for context in contexts:
        context.close()
