"""The loop as a user goes through it: train by clicking, lose the page and the app, and predict."""

import csv
import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from fsat_core.runs import list_runs
from tools.app_server import AppServer

LONG_MS = 300_000


def test_training_started_by_a_click_outlives_the_page_and_the_app(app_server: AppServer, page: Page) -> None:
    start_training(app_server, page)
    expect(page.get_by_text("Fold 1 of 2, epoch", exact=False)).to_be_visible(timeout=LONG_MS)
    early = wait_for(lambda: num_epochs(page))
    wait_for(lambda: num_epochs(page) > early)

    (run,) = list_runs(app_server.runs_dir)
    page.reload()
    expect(page).to_have_url(re.compile(run.run_id))
    expect(page.get_by_text("Fold", exact=False).first).to_be_visible(timeout=LONG_MS)

    app_server.kill()
    assert run.is_active, "the worker must outlive the app"
    pid = run.status.pid
    app_server.restart()
    page.goto(f"{app_server.url}/train")
    wait_for(lambda: run.state == "finished")
    assert run.status.pid == pid, "it is the same worker that finished"
    expect(page.get_by_text("Finished").first).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("lwlrap, out of fold")).to_be_visible(timeout=LONG_MS)

    name_first_class_of_a_test_clip(app_server, page)


def start_training(server: AppServer, page: Page) -> None:
    """Fill in the form of a short training of `mfcc_cnn` and start it."""
    page.goto(f"{server.url}/train")
    fill(page, "Folds", "2")
    fill(page, "Epochs, at most", "12")
    page.get_by_text("Advanced", exact=True).click()
    fill(page, "Batch size", "16")
    button = page.get_by_role("button", name="Start training")
    expect(button).to_be_enabled(timeout=LONG_MS)
    button.click()


def fill(page: Page, label: str, value: str) -> None:
    """Type a number and wait until the page has taken it."""
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(value)
    field.press("Enter")
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)


def name_first_class_of_a_test_clip(server: AppServer, page: Page) -> None:
    """Drag in a test clip; its true class comes first."""
    with (server.data_dir / "test_truth.csv").open(newline="") as table:
        truth = next(csv.DictReader(table))
    page.goto(f"{server.url}/predict")
    page.locator("input[type=file]").set_input_files(server.data_dir / "test" / truth["fname"])
    first = re.compile(re.escape(f"Likeliest classes of {truth['fname']}: {truth['labels']} "))
    expect(page.get_by_label(first)).to_be_visible(timeout=LONG_MS)


def num_epochs(page: Page) -> int:
    """How many epochs, over all folds, the loss chart says that it shows; 0 while there is no chart."""
    charts = page.get_by_label(re.compile("^Loss in training and validation")).all()
    numbers = re.findall(
        r"over (\d+) epochs", (charts[0].get_attribute("aria-label") or "") if charts else ""
    )
    return int(numbers[0]) if numbers else 0


def wait_for(read: Callable[[], int]) -> int:
    """Wait until something is true; return what was read."""
    deadline = time.monotonic() + LONG_MS / 1000
    while not (value := read()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return value


def test_every_page_draws_the_demo_set(app_server: AppServer, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path, title in (
        ("", "Explore"),
        ("clips", "Clips"),
        ("label", "Label"),
        ("train", "Train"),
        ("evaluate", "Evaluate"),
        ("predict", "Predict"),
    ):
        page.goto(f"{app_server.url}/{path}")
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=LONG_MS)
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=LONG_MS)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        expect(page.get_by_text("Demo data").first).to_be_visible()
    assert errors == []
