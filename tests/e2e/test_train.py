"""Train in a browser: what is set while its widget is out of sight is neither lost nor overwritten."""

import re
import shutil
import time
from collections.abc import Callable, Iterator

import pandas as pd
import psutil
import pytest
from playwright.sync_api import Page, expect

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.files import write_atomically
from fsat_core.runs import Notes, Run, RunStatus, list_runs, read_notes, save_notes
from fsat_core.training.create import create_run
from tests.helpers.browsers import settle
from tools.app_server import AppServer
from ui.shared.news import cookie_name

LONG_MS = 300_000

ROW_HEIGHT = 35  # of a table, in pixels


@pytest.fixture
def run(app_server: AppServer) -> Iterator[Run]:
    """A run that ended at once, with a note and tags."""
    dataset = open_dataset(app_server.data_dir)
    catalogue = scan(dataset, app_server.cache_dir)
    config = TrainConfig.from_recipe("mfcc_dummy", batch_size=17, patience=3, seed=8)
    created = create_run(app_server.settings, dataset, catalogue, config)
    RunStatus(state="cancelled").save(created.path / "status.json")
    save_notes(created, "Keep me", ["kept"])
    yield created
    shutil.rmtree(created.path, ignore_errors=True)


def open_train(page: Page, server: AppServer, run: Run) -> None:
    page.goto(f"{server.url}/train?run={run.run_id}")
    expect(page.get_by_text("Keep me")).to_be_visible(timeout=LONG_MS)


def set_folds(page: Page, value: str) -> None:
    """Change another field, which draws the whole page again."""
    field = page.get_by_role("spinbutton", name="Folds", exact=True)
    field.fill(value)
    field.press("Enter")
    expect(page.get_by_text(f"Each of the {value} folds")).to_be_visible(timeout=LONG_MS)
    settle(page)


def test_a_note_survives_the_opening_of_its_popover(
    app_server: AppServer, page: Page, run: Run, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    open_train(page, app_server, run)
    page.get_by_text("New run", exact=True).click()
    for folds in ("3", "4"):
        set_folds(page, folds)
    page.get_by_role("button", name="Note").click()
    expect(page.locator("textarea")).to_have_value("Keep me")
    page.get_by_role("combobox", name="Tags").click()
    for tag in ("one", "two"):
        page.keyboard.type(tag)
        page.keyboard.press("Enter")
    wait_until(lambda: read_notes(run) == Notes(note="Keep me", tags=("kept", "one", "two")))
    settle(page)
    expect(page.locator("textarea")).to_have_value("Keep me")


def test_a_copied_run_fills_in_the_advanced_fields_out_of_sight(
    app_server: AppServer, page: Page, run: Run
) -> None:
    open_train(page, app_server, run)
    page.get_by_text("New run", exact=True).click()
    advanced, batch_size = (
        page.get_by_text("Advanced", exact=True),
        page.get_by_label("Batch size", exact=True),
    )
    advanced.click()
    expect(batch_size).to_have_value("64")
    advanced.click()
    page.get_by_role("button", name="More").click()
    page.get_by_text("Duplicate with changes").click()
    notice = page.get_by_text(f"Filled in from the run {run.run_id}.")
    expect(notice).to_be_in_viewport(timeout=LONG_MS)
    settle(page)
    set_folds(page, "3")
    advanced.click()
    expect(batch_size).to_have_value("17")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("8")


def test_a_run_is_deleted_on_the_second_click(app_server: AppServer, page: Page, run: Run) -> None:
    open_train(page, app_server, run)
    page.get_by_role("button", name="More").click()
    page.get_by_text("Delete", exact=True).click()
    expect(page.get_by_text("Delete this run?")).to_be_visible(timeout=LONG_MS)
    assert run.path.is_dir()
    page.get_by_role("button", name="Delete the run").click()
    expect(page.get_by_text("Delete this run?")).to_have_count(0, timeout=LONG_MS)
    expect(page.get_by_text("Keep me")).to_have_count(0, timeout=LONG_MS)
    assert not run.path.exists()
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_click_on_a_row_chooses_its_run_and_a_finished_one_leads_to_its_evaluation(
    app_server: AppServer, page: Page, run: Run, drawn_run: Run
) -> None:
    page.goto(f"{app_server.url}/evaluate")  # which has a run in view from now on
    settle(page)
    open_train(page, app_server, run)
    choice = page.get_by_role("combobox", name="Run", exact=True)
    expect(choice).to_have_value(run.run_id)
    expect(page.get_by_role("button", name="Start training")).to_be_hidden()
    expect(choice).to_be_in_viewport()
    shown = [each.run_id for each in list_runs(app_server.runs_dir)]
    table = page.locator("[data-testid=stDataFrame]").first
    for wanted in (drawn_run, run, drawn_run):
        y = ROW_HEIGHT * (shown.index(wanted.run_id) + 1.5)
        table.click(position={"x": 250, "y": y})
        expect(choice).to_have_value(wanted.run_id, timeout=LONG_MS)
        expect(page).to_have_url(re.compile(f"run={wanted.run_id}"))
        settle(page)
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible(timeout=LONG_MS)
    chosen = page.get_by_role("combobox", name="Run", exact=True)
    expect(chosen).to_have_value(drawn_run.run_id, timeout=LONG_MS)
    page.go_back()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible(timeout=LONG_MS)
    expect(choice).to_have_value(drawn_run.run_id, timeout=LONG_MS)


def write_curves(run: Run, num_epochs: int) -> None:
    """The curves of a run's first fold after so many epochs."""
    epochs = range(1, num_epochs + 1)
    table = pd.DataFrame({"epoch": epochs, "seconds": 2.0, "num_steps": 5, "clips_per_s": 9.0})
    for name in ("loss", "accuracy", "lwlrap"):
        table[name] = [epoch / 100 for epoch in epochs]
        table[f"val_{name}"] = [epoch / 200 for epoch in epochs]
    run.fold_dir(0).mkdir(exist_ok=True)
    # As a whole: the page may read it at any time.
    write_atomically(run.fold_dir(0) / "metrics.csv", table.to_csv(index=False))


def test_a_refresh_of_the_curves_moves_neither_the_hairline_nor_the_zoom(
    app_server: AppServer, page: Page, run: Run
) -> None:
    write_curves(run, 20)
    me = psutil.Process()
    status = RunStatus("training", pid=me.pid, create_time=me.create_time(), heartbeat=time.time())
    status.save(run.path / "status.json")
    open_train(page, app_server, run)
    curves, plots = page.locator(".curves"), page.locator(".curves svg")
    plots.first.scroll_into_view_if_needed()
    box = plots.first.bounding_box()
    assert box
    left, width, y = box["x"] + 44, box["width"] - 54, box["y"] + 80  # of the plot itself
    page.mouse.move(left + width * 4 / 19, y)
    page.mouse.down()
    page.mouse.move(left + width * 15 / 19, y, steps=3)
    page.mouse.up()
    expect(curves.get_by_role("button", name="Whole range")).to_be_visible()
    slider = curves.get_by_role("slider")
    slider.press("ArrowLeft")
    for _ in range(3):
        slider.press("ArrowLeft")
    place = curves.locator(".place").inner_text()
    epoch = int(place.removeprefix("Epoch "))
    assert 5 <= epoch <= 16
    assert curves.locator(".hair line").count() == len(plots.all()) == 3, "one hairline over all panels"
    cells = curves.locator("tbody tr").first.locator("td").all_inner_texts()
    assert cells[:2] == [f"{epoch / 200:.3f}", f"{epoch / 100:.3f}"]
    axis = plots.first.locator(".axes text").all_inner_texts()
    write_curves(run, 40)
    expect(plots.first).to_have_attribute("aria-label", re.compile("over 40 epochs"), timeout=LONG_MS)
    expect(curves.locator(".place")).to_have_text(place)
    assert plots.first.locator(".axes text").all_inner_texts() == axis
    curves.get_by_role("button", name="Whole range").click()
    expect(plots.first.locator(".axes text").last).to_have_text("40")


def test_who_comes_back_reads_once_what_has_ended(app_server: AppServer, page: Page, run: Run) -> None:
    page.context.add_cookies(
        [{"name": cookie_name(app_server.runs_dir), "value": run.run_id, "url": app_server.url}]
    )
    page.goto(f"{app_server.url}/clips")
    line = page.get_by_text("while you were away")
    expect(line).to_contain_text(run.run_id, timeout=LONG_MS)
    settle(page)
    page.wait_for_function("id => !document.cookie.includes(id)", arg=run.run_id, timeout=LONG_MS)
    page.reload()
    expect(page.get_by_role("heading", name="Clips", exact=True)).to_be_visible(timeout=LONG_MS)
    settle(page)
    expect(line).to_have_count(0)
