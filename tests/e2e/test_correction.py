"""From a wrong label to a better network, by clicks and keys: train, correct, keep, train again, compare."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, Queue, build_queue, save_queue
from fsat_core.runs import Run, list_runs
from tools.app_server import AppServer
from tools.label_board import Board

LONG_MS = 300_000
WaitUntil = Callable[[Callable[[], bool]], None]


@pytest.fixture
def app_server(page: Page, tmp_path: Path) -> Iterator[AppServer]:
    """An app of its own: corrections and runs would be in the way of other tests."""
    server = AppServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def wrong(app_server: AppServer) -> dict[str, str]:
    """The right labels of the curated clips whose labels are wrong, by clip."""
    with (app_server.data_dir / "demo_truth.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["kind"] == "wrong"]
    return {f"curated/{row['fname']}": row["labels"] for row in rows if row["split"] == "curated"}


@pytest.fixture
def queue(app_server: AppServer, wrong: dict[str, str]) -> Queue:
    """A queue of exactly those clips."""
    catalogue = scan(open_dataset(app_server.data_dir), app_server.cache_dir)
    chosen = catalogue[catalogue["clip_id"].isin(list(wrong))]
    with LabelStore.open(app_server.settings.database_url) as store:
        return save_queue(store, build_queue("random", chosen))


def test_corrected_labels_are_trained_on_and_compared(
    app_server: AppServer, page: Page, queue: Queue, wrong: dict[str, str], wait_until: WaitUntil
) -> None:
    first = train(app_server, page, wait_until)
    correct(app_server, page, queue, wrong)
    keep_label_set(page, "corrected")
    second = train(app_server, page, wait_until, label_set="corrected")
    assert second.config.label_set == "corrected"
    pinned = second.labels().set_index("clip_id")["labels"]
    assert pinned[list(wrong)].to_dict() == wrong
    compare(page, second, first, num_changed=len(wrong))


def train(server: AppServer, page: Page, wait_until: WaitUntil, label_set: str = "") -> Run:
    """Fill in a short training, start it, and wait until the page says that it has finished."""
    known = {run.run_id for run in list_runs(server.runs_dir)}
    page.goto(f"{server.url}/train")
    start = page.get_by_role("button", name="Start training")
    form = page.locator("details", has_text="New run")
    expect(form).to_be_visible(timeout=LONG_MS)
    if form.get_attribute("open") is None:
        form.get_by_text("New run", exact=True).click()
    for label, value in (("Folds", "2"), ("Epochs, at most", "2")):
        field = page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=LONG_MS)
    if label_set:
        choice = page.get_by_role("combobox", name="Labels")
        choice.click()
        page.get_by_role("option", name=label_set).click()
        expect(choice).to_have_value(label_set)
    expect(start).to_be_enabled(timeout=LONG_MS)
    start.click()
    wait_until(lambda: any(run.run_id not in known for run in list_runs(server.runs_dir)))
    (run,) = (run for run in list_runs(server.runs_dir) if run.run_id not in known)
    expect(page).to_have_url(re.compile(run.run_id), timeout=LONG_MS)
    expect(page.get_by_text("lwlrap, out of fold")).to_be_visible(timeout=LONG_MS)
    assert run.state == "finished"
    return run


def correct(server: AppServer, page: Page, queue: Queue, wrong: dict[str, str]) -> None:
    board = Board(page)
    board.open(server, queue, "corrector")
    for at in range(len(queue.clips)):
        board.wait(at=at, playable="true")
        board.choose(wrong[board.says("clip")], instead=True)
    board.wait(pending=0, marks="r" * len(wrong))


def keep_label_set(page: Page, name: str) -> None:
    page.get_by_text("Label sets", exact=True).click()
    field = page.get_by_label("Name", exact=True)
    field.fill(name)
    field.press("Enter")
    button = page.get_by_role("button", name="Make a label set")
    expect(button).to_be_enabled(timeout=LONG_MS)
    button.click()
    expect(page.get_by_text(f"Label set '{name}' holds the labels of")).to_be_visible(timeout=LONG_MS)


def compare(page: Page, run: Run, other: Run, num_changed: int) -> None:
    """Open a run on Evaluate, choose another one beside it, and look at what changed per class."""
    page.get_by_role("link", name="Evaluate").first.click()
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name=other.run_id).click()
    expect(page.get_by_text(f"{num_changed} of them have other labels in the other run")).to_be_visible(
        timeout=LONG_MS
    )
    page.get_by_role("tab", name="Changes").click()
    chart = page.get_by_label(re.compile("^Change in lwlrap of each class"))
    expect(chart).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text(f"change in lwlrap from {other.run_id} to {run.run_id}")).to_be_visible()
    expect(page.get_by_text(f"Other labels: {num_changed}")).to_be_visible()
