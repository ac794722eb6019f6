"""The README's tour in a browser, from the first start on, by clicks and keys: no address is typed.

Hear a clip of abnormal length, decide on those beside it, train, lose the page and the app meanwhile, hear
what the networks get most wrong, correct it, keep the labels, train on them, see what changed, and drag in a
sound, which is heard right.
"""

import base64
import csv
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fsat_core.runs import Run, list_runs
from tests.helpers.browsers import expect_player, settle
from tools.app_server import AppServer
from tools.label_board import Board

LONG_MS = 300_000
NUM_NEIGHBOURS = 3
NUM_CORRECTED = 2
LABEL_SET = "corrected"
SHORT = {"Folds": "2", "Epochs, at most": "2"}
WaitUntil = Callable[[Callable[[], bool]], None]


@pytest.fixture
def app_server(page: Page, tmp_path: Path) -> Iterator[AppServer]:
    """An app of its own: corrections and runs would be in the way of other tests."""
    server = AppServer(tmp_path)
    server.start()
    yield server
    server.stop()


def test_the_tour_from_a_first_start_to_a_network_that_learned_from_corrections(
    app_server: AppServer, page: Page, wait_until: WaitUntil
) -> None:
    page.goto(app_server.url)
    expect(page.get_by_text("Demo data").first).to_be_visible(timeout=LONG_MS)
    hear_an_abnormal_clip(page)
    label_its_neighbours(page)
    go_to(page, "Train")
    page.get_by_text("Advanced", exact=True).click()
    first = start(app_server, page, wait_until, {**SHORT, "Epochs, at most": "12", "Batch size": "16"})
    lose_the_page_and_the_app(app_server, page, first, wait_until)
    hear_the_worst_clips(page)
    corrected = correct_them(app_server, page)
    keep_label_set(page)
    second = train_on_it(app_server, page, wait_until)
    pinned = second.labels().set_index("clip_id")["labels"]
    assert pinned[list(corrected)].to_dict() == corrected
    see_what_changed(page, second, first, len(corrected))
    drag_in_a_sound(app_server, page)


def go_to(page: Page, name: str) -> None:
    """Click a page's name in the sidebar."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible(timeout=LONG_MS)
    settle(page)


def expect_sound(page: Page) -> None:
    """The browser plays, and what it plays goes on."""
    page.wait_for_function(
        "[...document.querySelectorAll('audio')].some((audio) => !audio.paused && audio.currentTime > 0.2)",
        timeout=LONG_MS,
    )


def hear_an_abnormal_clip(page: Page) -> None:
    """Clips opens on the clips of abnormal length, the longest first; Space plays it."""
    go_to(page, "Clips")
    expect(page.get_by_test_id("clip-list").get_by_test_id("clip-rows")).to_contain_text("57.571 s")
    expect_player(page)
    page.keyboard.press("Space")
    expect_sound(page)
    page.keyboard.press("Space")


def label_its_neighbours(page: Page) -> None:
    """The list is a queue; the first clips of it are accepted."""
    page.get_by_role("button", name="Label these").click()
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_be_visible(timeout=LONG_MS)
    name.focus()
    page.keyboard.type("corrector")
    page.keyboard.press("Enter")
    board = Board(page)
    for at in range(NUM_NEIGHBOURS):
        board.wait(at=at, playable="true")
        board.press("a")
    board.wait(pending=0)


def start(server: AppServer, page: Page, wait_until: WaitUntil, values: dict[str, str]) -> Run:
    """Fill in the form and start a training; returns its run."""
    known = {run.run_id for run in list_runs(server.runs_dir)}
    for label, value in values.items():
        field = page.get_by_role("spinbutton", name=label, exact=True)
        expect(field).to_be_visible(timeout=LONG_MS)
        field.fill(value)
        field.press("Enter")
        settle(page)
    button = page.get_by_role("button", name="Start training")
    expect(button).to_be_enabled(timeout=LONG_MS)
    button.click()
    wait_until(lambda: any(run.run_id not in known for run in list_runs(server.runs_dir)))
    (run,) = (run for run in list_runs(server.runs_dir) if run.run_id not in known)
    expect(page).to_have_url(re.compile(run.run_id), timeout=LONG_MS)
    return run


def lose_the_page_and_the_app(server: AppServer, page: Page, run: Run, wait_until: WaitUntil) -> None:
    """A training outlives both: its curves grow, and who comes back finds it, with the same worker."""
    wait_until(lambda: run.status.epoch > 0 and len(run.metrics()) > 1)
    with held(run):
        expect(page.get_by_text(re.compile(r"Fold \d of 2, epoch"))).to_be_visible(timeout=LONG_MS)
        wait_until(lambda: num_epochs(page) > 0)
        early = num_epochs(page)
    wait_until(lambda: len(run.metrics()) > early)
    with held(run):
        wait_until(lambda: num_epochs(page) > early)
        page.reload()
        expect(page).to_have_url(re.compile(run.run_id))
        expect(page.get_by_text("Fold", exact=False).first).to_be_visible(timeout=LONG_MS)
        server.kill()
        assert run.is_active, "the worker must outlive the app"
        pid = run.status.pid
    server.restart()
    page.goto(server.url)
    go_to(page, "Train")
    expect_finished(page, run)
    assert run.status.pid == pid, "it is the same worker that finished"


@contextmanager
def held(run: Run) -> Iterator[None]:
    """A worker stands still in the block: its short training could be over before a page is drawn."""
    os.killpg(run.status.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(run.status.pid, signal.SIGCONT)


def num_epochs(page: Page) -> int:
    """How many epochs, over all folds, the loss chart says that it shows; 0 while there is no chart."""
    charts = page.get_by_label(re.compile("^Loss in training and validation")).all()
    text = charts[0].get_attribute("aria-label") if charts else ""
    return int((re.findall(r"over (\d+) epochs", text or "") or [0])[0])


def expect_finished(page: Page, run: Run) -> None:
    """The page says by itself that the run in view has finished."""
    expect(page.get_by_text("lwlrap, out of fold")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("Finished").first).to_be_visible(timeout=LONG_MS)
    assert run.state == "finished"


def hear_the_worst_clips(page: Page) -> None:
    """From the finished run to its mistakes; the one that it gets most wrong plays at a click."""
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible(timeout=LONG_MS)
    page.get_by_role("tab", name="Worst clips").click()
    expect_player(page)
    page.get_by_test_id("player-play").click()
    expect_sound(page)


def correct_them(server: AppServer, page: Page) -> dict[str, str]:
    """Send them to Label and correct those whose labels are wrong; returns the right labels by clip."""
    page.get_by_role("button", name="Label these").click()
    board, wrong, corrected = Board(page), wrong_labels(server), dict[str, str]()
    at = 0
    while len(corrected) < NUM_CORRECTED:
        board.wait(at=at, playable="true")
        clip_id = board.says("clip")
        if clip_id in wrong:
            board.choose(wrong[clip_id], instead=True)
            corrected[clip_id] = wrong[clip_id]
        else:
            board.press("s")
        at += 1
    board.wait(at=at, pending=0)
    return corrected


def wrong_labels(server: AppServer) -> dict[str, str]:
    """The right labels of the curated clips whose labels are wrong, by clip."""
    with (server.data_dir / "demo_truth.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if (row["kind"], row["split"]) == ("wrong", "curated")]
    return {f"curated/{row['fname']}": row["labels"] for row in rows}


def keep_label_set(page: Page) -> None:
    """Keep all labels under a name."""
    page.get_by_text("Label sets", exact=True).click()
    field = page.get_by_label("Name", exact=True)
    field.fill(LABEL_SET)
    field.press("Enter")
    button = page.get_by_role("button", name="Make a label set")
    expect(button).to_be_enabled(timeout=LONG_MS)
    button.click()
    expect(page.get_by_text(f"Label set '{LABEL_SET}' holds the labels of")).to_be_visible(timeout=LONG_MS)


def train_on_it(server: AppServer, page: Page, wait_until: WaitUntil) -> Run:
    """From the label set to a training on it."""
    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("combobox", name="Labels", exact=True)).to_have_value(LABEL_SET, timeout=LONG_MS)
    run = start(server, page, wait_until, SHORT)
    expect_finished(page, run)
    assert run.config.label_set == LABEL_SET
    return run


def see_what_changed(page: Page, run: Run, other: Run, num_corrected: int) -> None:
    """From the second run to what changed since the first."""
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_label(re.compile("^Change in lwlrap of each class"))).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text(f"change in lwlrap from {other.run_id} to {run.run_id}")).to_be_visible()
    expect(page.get_by_text(f"Other labels: {num_corrected}")).to_be_visible()


def drag_in_a_sound(server: AppServer, page: Page) -> None:
    """Drop a WAV on Predict, as the mouse does; its true class comes first."""
    go_to(page, "Predict")
    with (server.data_dir / "test_truth.csv").open(newline="") as table:
        truth = next(csv.DictReader(table))
    path = server.data_dir / "test" / truth["fname"]
    drop = page.get_by_test_id("stFileUploaderDropzone")
    expect(drop).to_be_visible(timeout=LONG_MS)
    held = page.evaluate_handle(
        """([name, text]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const held = new DataTransfer();
            held.items.add(new File([bytes], name, {type: "audio/wav"}));
            return held;
        }""",
        [path.name, base64.b64encode(path.read_bytes()).decode()],
    )
    for event in ("dragenter", "dragover", "drop"):
        drop.dispatch_event(event, {"dataTransfer": held})
    answer = page.get_by_label(re.compile(re.escape(f"Likeliest classes of {path.name}: {truth['labels']} ")))
    expect(answer).to_be_visible(timeout=LONG_MS)
