"""Predict in a browser: the strip over time, and files that could end the app beside a good clip."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Browser, Page, expect

from benchmarks.sets.hostile_sounds import QUICK
from benchmarks.targets.uploads import LIMIT_MB, drop_beside, write_files
from fsat_core.runs import Run
from tests.helpers.browsers import new_context
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
    contexts = [new_context(browser) for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    drop_beside(app, pages, good, files)
    pages[0].goto(f"{app.url}/predict")
    pages[0].locator("input[type=file]").set_input_files(files)
    for name in ("day at 1 Hz.flac", "10 h.flac", "10 Hz.wav", "100 MHz.wav", "1e19.wav", "NaN.wav"):
        expect(pages[0].get_by_text(f"{name}: ", exact=False).first).to_be_visible()
    assert app.peak_mb() < LIMIT_MB
    for context in contexts:
        context.close()


KEEP_TEXTS = """
const { fillText } = CanvasRenderingContext2D.prototype;
window.drawnTexts = new Set();
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  drawnTexts.add(text);
  return fillText.call(this, text, ...place);
};
"""
# Whether the text of a share is among them, with a percent sign or without.
IS_DRAWN = "share => [share, share + '%'].some(text => drawnTexts.has(text))"
HIGHEST = "chart => Math.max(...chart.querySelector('.js-plotly-plot').calcdata.flat().map(({ y }) => y))"


def test_the_highest_cells_of_the_strip_have_their_numbers(
    app: AppServer, page: Page, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 30 * 8_000)
    sf.write(tmp_path / "noise.wav", noise * np.linspace(0, 1, len(noise)), 8_000)
    page.add_init_script(KEEP_TEXTS)
    page.goto(f"{app.url}/predict")
    page.locator("input[type=file]").set_input_files(tmp_path / "noise.wav")
    course = page.locator("[data-testid=stPlotlyChart]", has=page.get_by_text("Time in the clip"))
    expect(course).to_be_visible()
    page.wait_for_function(IS_DRAWN, arg=str(round(100 * course.evaluate(HIGHEST))))
