"""Every page on the demo set under axe-core, in both themes: no fault of any weight in markup that is ours.

Nor is there an exception on any of them, in Python or in the browser.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from benchmarks.sets.sample_runs import write_finished_run
from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, Queue, build_queue, save_queue
from fsat_core.runs import Run
from tests.helpers.browsers import expect_list, expect_player, new_context
from tests.helpers.inspector import FOREIGN, NOT_EVERYWHERE, Inspector, axe_script
from tests.helpers.networks import write_network
from tools.app_server import AppServer


@pytest.fixture
def run(app_server: AppServer) -> Iterator[Run]:
    """A finished run whose network always answers the same."""
    run = write_finished_run(app_server.settings)
    write_network(run)
    yield run
    shutil.rmtree(run.path)


@pytest.fixture
def queue(app_server: AppServer) -> Iterator[Queue]:
    catalogue = scan(open_dataset(app_server.data_dir), app_server.cache_dir)
    with LabelStore.open(app_server.settings.database_url) as store:
        yield save_queue(store, build_queue("random", catalogue, limit=20))


def test_no_page_has_a_fault_in_either_theme(
    app_server: AppServer, browser: Browser, run: Run, queue: Queue
) -> None:
    context = new_context(browser)
    context.add_init_script(axe_script())
    inspector = Inspector(context.new_page(), app_server.url)
    inspect_explore(inspector)
    inspect_clips(inspector)
    inspect_class(inspector)
    inspect_label(inspector, queue)
    inspect_train(inspector, run)
    inspect_evaluate(inspector, run)
    inspect_predict(inspector, app_server)
    context.close()
    assert inspector.errors == []
    assert inspector.found == {}
    met = {pair for place, pair in enumerate(FOREIGN) if place in inspector.met}
    gone = FOREIGN.keys() - met - NOT_EVERYWHERE
    assert gone == set(), "take these out of FOREIGN: they do not occur any more"


def inspect_explore(inspector: Inspector) -> None:
    inspector.open("", "Explore")
    for tab, wait in {
        "Classes": _wait_for_chart,
        "Lengths": _wait_for_chart,
        "Labels per clip": _wait_for_chart,
        "Rows": _wait_for_table,
    }.items():
        inspector.open_tab(tab, wait)
        inspector.inspect(f"Explore, {tab}")


def inspect_clips(inspector: Inspector) -> None:
    inspector.open("clips", "Clips")
    expect_list(inspector.page)
    expect_player(inspector.page)
    inspector.inspect("Clips")
    inspector.press("Spectrogram")
    inspector.inspect("Clips, spectrogram settings")
    inspector.page.keyboard.press("Escape")
    inspector.press("More filters")
    inspector.inspect("Clips, filters")
    inspector.open("clips?show=unreadable", "Clips")
    expect(inspector.page.get_by_test_id("clip-rows").locator("[aria-selected=true]")).to_be_visible()
    inspector.inspect("Clips, a broken one")
    inspector.open("clips?show=all&find=nothing", "Clips")
    expect(inspector.page.get_by_role("button", name="List all clips")).to_be_visible()
    inspector.inspect("Clips, none")


def inspect_class(inspector: Inspector) -> None:
    inspector.open("classes?label=Bark", "Classes")
    _wait_for_chart(inspector.page.get_by_test_id("stMain"))
    inspector.inspect("A class")


def inspect_label(inspector: Inspector, queue: Queue) -> None:
    page = inspector.page
    inspector.open(f"label?queue={queue.queue_id}", "Label")
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_be_visible()
    inspector.inspect("Label, who")
    name.fill("inspector")
    name.press("Enter")
    board = page.get_by_test_id("label-board")
    expect(board).to_have_attribute("data-playable", "true")
    inspector.inspect("Label")
    for key, view in (("?", "keys"), ("r", "classes"), ("1", "a change")):
        page.keyboard.press(key)
        inspector.inspect(f"Label, {view}")
        page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("g")
    inspector.inspect("Label, grid")
    inspector.press("Suggestions")
    inspector.inspect("Label, suggestions")
    page.keyboard.press("Escape")
    for part in ("Label sets", "Agreement", "Import and export"):
        page.get_by_text(part, exact=True).click()
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()
    inspector.inspect("Label, sets, agreement and exchange")
    inspector.press("New queue")
    expect(page.get_by_role("dialog")).to_be_visible()
    inspector.inspect("Label, a new queue")


def inspect_train(inspector: Inspector, run: Run) -> None:
    page = inspector.page
    inspector.open("train", "Train")
    page.get_by_text("Advanced", exact=True).click()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    inspector.inspect("Train, a new run")
    inspector.open(f"train?run={run.run_id}", "Train")
    expect(page.get_by_text("lwlrap, out of fold")).to_be_visible()
    inspector.inspect("Train, a finished run")
    inspector.press("Note")
    inspector.inspect("Train, a note")


def inspect_evaluate(inspector: Inspector, run: Run) -> None:
    inspector.open(f"evaluate?evaluate={run.run_id}", "Evaluate")
    for tab, wait in {
        "Classes": _wait_for_chart,
        "Confusion": _wait_for_chart,
        "Calibration": _wait_for_chart,
        "Learning curves": _wait_for_picture,
        "Worst clips": _wait_for_table,
        "Ensemble": _wait_for_choice,
    }.items():
        inspector.open_tab(tab, wait)
        inspector.inspect(f"Evaluate, {tab}")


def inspect_predict(inspector: Inspector, server: AppServer) -> None:
    page = inspector.page
    inspector.open("predict", "Predict")
    inspector.inspect("Predict")
    clips = sorted((server.data_dir / "test").glob("*.wav"), key=lambda path: path.stat().st_size)
    page.locator("input[type=file]").first.set_input_files([clips[-1], clips[0]])
    _wait_for_chart(page.get_by_test_id("stMain"))
    page.get_by_text("Networks: ").click()
    inspector.inspect("Predict, answers")


def _wait_for_chart(part: Locator) -> None:
    expect(part.locator("[data-testid=stPlotlyChart] .main-svg").first).to_be_visible()


def _wait_for_choice(part: Locator) -> None:
    expect(part.get_by_role("combobox").first).to_be_visible()


def _wait_for_picture(part: Locator) -> None:
    expect(part.get_by_role("img").first).to_be_visible()


def _wait_for_table(part: Locator) -> None:
    expect(part.get_by_test_id("stDataFrame").first).to_be_visible()
