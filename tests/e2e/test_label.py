"""The page Label in a real browser, by keyboard: nothing that was pressed is lost or stored twice."""

import csv
import json
import re
from collections.abc import Iterator

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, Queue, build_queue, save_queue, standing
from tests.helpers.browsers import drawn_anew, settle
from tools.app_server import AppServer
from tools.label_board import LONG_MS, Board

NUM_CLIPS = 50


@pytest.fixture
def board(page: Page) -> Board:
    return Board(page)


@pytest.fixture
def store(app_server: AppServer) -> Iterator[LabelStore]:
    with LabelStore.open(app_server.settings.database_url) as opened:
        yield opened


@pytest.fixture
def catalogue(app_server: AppServer) -> pd.DataFrame:
    return scan(open_dataset(app_server.data_dir), app_server.cache_dir)


@pytest.fixture
def queue(store: LabelStore, catalogue: pd.DataFrame) -> Queue:
    """A new queue of the same clips for each test."""
    return save_queue(store, build_queue("random", catalogue, limit=NUM_CLIPS))


def decisions(store: LabelStore, queue: Queue) -> pd.DataFrame:
    """What is stored from a queue, and what took it back."""
    rows = store.decisions()
    own = rows[rows["queue"] == queue.name]
    return rows[rows["id"].isin(own["id"]) | rows["undoes"].isin(own["id"])]


def test_fifty_clips_by_keyboard_come_out_of_the_export_as_they_were_pressed(
    app_server: AppServer, board: Board, store: LabelStore, queue: Queue, catalogue: pd.DataFrame
) -> None:
    board.open(app_server, queue, "keyboard")
    source = catalogue.set_index("clip_id")["labels"]
    expected: dict[str, str] = {}
    for at in range(NUM_CLIPS):
        board.wait(at=at, playable="true")
        clip_id = queue.clips["clip_id"].iloc[at]
        assert board.says("clip") == clip_id
        expected[clip_id] = decide(board, at, source[clip_id])
        if at == 25:
            board.page.reload()  # while the decision is on its way
    board.wait(pending=0)
    expect(board.page.get_by_text(f"All {NUM_CLIPS} clips of this queue are decided")).to_be_visible(
        timeout=LONG_MS
    )
    assert board.says("marks") == "".join(standing_marks(store, queue))
    assert exported(board, queue) == expected


def decide(board: Board, at: int, labels: str) -> str:
    """Decide on the clip in view, each in its own way; returns what the export has to say about it."""
    names = labels.split(",")
    other = "Knock" if "Knock" not in names else "Bark"
    kind = at % 10
    if kind == 3:
        board.choose(other)
        return ",".join(sorted([*names, other]))
    if kind == 4:
        board.choose(other, instead=True)
        return other
    if kind == 5:
        board.press("x")
        return "remove"
    if kind == 6:
        board.press("u")
        return labels
    if kind == 7:  # one label away, another chosen: keys 1 and R, and Enter
        board.press("1")
        expect(board.root).to_have_attribute("data-labels", ",".join(names[1:]))
        board.choose(other)
        return ",".join(sorted([*names[1:], other]))
    if kind == 8:  # a slip, and its undo
        board.press("x")
        board.wait(at=at + 1)
        board.press("Control+z" if at % 20 == 8 else "z")
        board.wait(at=at, playable="true")
    if kind == 9:  # seen, skipped and gone back to
        board.press("ArrowLeft")
        board.wait(at=at - 1)
        board.press("ArrowRight")
        board.wait(at=at)
        if at == 9:
            board.press("l")  # from now on: a short clip could end before anyone looks
        board.press("Space")
        board.wait(playing="true")
    board.press("a")
    return ",".join(sorted(names))


def standing_marks(store: LabelStore, queue: Queue) -> list[str]:
    rows = standing(store.decisions())
    actions = rows[rows["queue"] == queue.name].set_index("clip_id")["action"]
    letters = {"accept": "a", "relabel": "r", "remove": "x", "unsure": "u"}
    return [letters[actions[clip_id]] for clip_id in queue.clips["clip_id"]]


def exported(board: Board, queue: Queue) -> dict[str, str]:
    """What both files that the page exports say about the clips of a queue."""
    board.page.get_by_text("Import and export").click()
    texts = {}
    for suffix in ("CSV", "JSON"):
        button = board.page.get_by_role("button", name=suffix, exact=False).filter(has_text=suffix).first
        expect(button).to_be_visible(timeout=LONG_MS)
        with board.page.expect_download(timeout=LONG_MS) as download:
            button.click()
        texts[suffix] = download.value.path().read_text()
    from_json = json.loads(texts["JSON"])
    from_csv = {row["fname"]: row["labels"] for row in csv.DictReader(texts["CSV"].splitlines())}
    assert {name: text for name, text in from_json.items() if text != "remove"} == from_csv
    clips = {clip_id: clip_id.partition("/")[2] for clip_id in queue.clips["clip_id"]}
    found = {clip_id: from_json[fname] for clip_id, fname in clips.items()}
    return {clip_id: ",".join(sorted(text.split(","))) for clip_id, text in found.items()}


def bring_next(board: Board, at: int) -> None:
    """Look at the clip after this one and come back: it is here now, and all that was told is stored."""
    board.press("ArrowRight")
    board.wait(at=at + 1, playable="true")
    board.press("ArrowLeft")
    board.wait(at=at, playable="true", pending=0)


def test_a_killed_app_loses_nothing(
    app_server: AppServer, board: Board, store: LabelStore, queue: Queue
) -> None:
    board.open(app_server, queue, "survivor")
    for at in range(3):
        board.press("a")
        board.wait(at=at + 1, playable="true")
    bring_next(board, 3)
    acknowledged = set(decisions(store, queue)["token"])
    assert len(acknowledged) == 3
    app_server.kill()
    try:
        board.press("x")
        board.wait(at=4, playable="true")
        board.press("u")
        board.wait(at=5, pending=2)
        expect(board.page.get_by_test_id("label-status")).to_have_text("2 decisions on their way")
        assert set(decisions(store, queue)["token"]) == acknowledged
    finally:
        app_server.start()
    board.wait(pending=0)
    rows = decisions(store, queue)
    assert rows["action"].tolist() == ["accept"] * 3 + ["remove", "unsure"]
    assert acknowledged < set(rows["token"])
    board.press("z")
    board.wait(at=4, pending=0)
    assert decisions(store, queue)["action"].tolist()[-1] == "undo"


def test_decisions_survive_leaving_the_page_while_the_app_is_down(
    app_server: AppServer, board: Board, store: LabelStore, queue: Queue
) -> None:
    board.open(app_server, queue, "leaver")
    app_server.kill()
    try:
        board.press("a")
        board.press("x")
        board.wait(at=2, pending=2)
        board.page.goto("about:blank")
        assert decisions(store, queue).empty
    finally:
        app_server.start()
    board.open(app_server, queue, "leaver")
    board.wait(at=2, pending=0, marks="ax" + "-" * 48)
    assert decisions(store, queue)["action"].tolist() == ["accept", "remove"]


# Milliseconds from a click beside the board until the browser sends what the next clip makes the board want.
FIRST_SENT = """async () => {
  sentAt.length = 0;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  const clickedAt = performance.now();
  document.querySelector("h1").click();
  while (!sentAt.length) await new Promise((resolve) => setTimeout(resolve, 5));
  return sentAt[0] - clickedAt;
}"""
NOTE_SENT = """
const { send } = WebSocket.prototype;
window.sentAt = [];
WebSocket.prototype.send = function (...message) {
  sentAt.push(performance.now());
  return send.apply(this, message);
};
"""


def test_a_click_that_may_lead_away_is_not_followed_by_a_wish(
    app_server: AppServer, board: Board, queue: Queue
) -> None:
    """Streamlit shows an empty page when a message of the old one overtakes the way to the new one."""
    board.page.add_init_script(NOTE_SENT)
    board.open(app_server, queue, "leaver")
    board.page.wait_for_function("sentAt.length && performance.now() - sentAt.at(-1) > 2000")
    assert board.page.evaluate(FIRST_SENT) >= 290
    board.wait(at=1)


def test_a_selection_in_the_grid_is_decided_and_undone_as_one(
    app_server: AppServer, board: Board, store: LabelStore, queue: Queue
) -> None:
    board.open(app_server, queue, "grid")
    board.press("g")
    expect(board.page.get_by_test_id("label-cell")).to_have_count(12)
    board.wait(mode="grid", playable="true")
    for key in ("ArrowRight", "Enter", "ArrowRight", "Enter"):
        board.press(key)
    board.page.get_by_test_id("label-cell").nth(5).click(modifiers=["Shift"])
    board.wait(selected=5 - 1 + 1)
    board.press("x")
    board.wait(marks="-xxxxx" + "-" * 44, selected=0, pending=0)
    rows = decisions(store, queue)
    assert len(rows) == 5
    assert len(set(rows["batch"])) == 1
    board.press("z")
    board.wait(marks="-" * NUM_CLIPS, pending=0)
    board.press("v")
    board.wait(selected=12)
    board.press("a")
    board.wait(marks="a" * 12 + "-" * 38, at=12, pending=0)
    board.page.get_by_role("button", name="My keys").click()
    board.page.get_by_role("button", name="Choose classes").click()
    for key in ("b", "a", "r", "k", "Enter", "Enter", "Escape"):
        board.press(key)
    expect(board.page.get_by_test_id("label-fixed")).to_have_text("BBark")
    for key in ("Enter", "ArrowRight", "Enter"):
        board.press(key)
    board.wait(selected=2)
    board.press("-")
    board.press("b")
    board.wait(selected=0, pending=0)
    denying = decisions(store, queue).tail(2)
    assert denying["denied"].tolist() == ["Bark", "Bark"]
    assert not denying["labels"].str.contains("Bark").any()
    assert len(set(denying["batch"])) == 1
    board.page.reload()
    board.wait(mode="grid", playable="true", at=14)
    expect(board.page.get_by_test_id("label-fixed")).to_have_text("BBark")
    expect(board.page.get_by_test_id("label-cell").nth(1).get_by_text("not Bark")).to_be_visible()
    board.press("z")
    board.wait(marks="a" * 12 + "-" * 38, pending=0)


def test_the_player_obeys_keys_and_clicks(app_server: AppServer, board: Board, queue: Queue) -> None:
    board.open(app_server, queue, "player")
    board.press("l")
    board.press("Space")
    board.wait(playing="true")
    board.page.wait_for_function(
        "root => Number(root.dataset.playhead) > 0.1", arg=board.root.element_handle()
    )
    board.press("]")
    board.wait(speed=1.25)
    board.press("Space")
    board.wait(playing="false")
    stage = board.page.get_by_test_id("label-stage")
    readout = board.page.get_by_test_id("label-readout")
    stage.click(position={"x": 60, "y": 80})
    early = playhead(readout.inner_text())
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] - 14, "y": 80})
    at, duration = playhead(readout.inner_text())
    assert early[0] < 0.05 * duration
    assert at > 0.95 * duration
    board.press("p")
    board.press("ArrowRight")
    board.wait(at=1, playing="true", speed=1.25)  # on arrival, at the speed that was chosen


def test_a_clip_asked_to_play_before_its_sound_is_there_plays_when_it_comes(
    app_server: AppServer, board: Board, queue: Queue
) -> None:
    board.page.route("**/media/**", lambda route: None)
    board.open(app_server, queue, "eager", playable="false")
    board.wait(clip=queue.clips["clip_id"].iloc[0])
    board.press("l")
    board.press("Space")
    board.wait(playing="false", playable="false")
    board.page.unroute("**/media/**")  # which lets those that were held go on
    board.wait(playable="true", playing="true")


def playhead(text: str) -> tuple[float, float]:
    at, duration = re.findall(r"[\d.]+", text)
    return float(at), float(duration)


def test_keys_write_in_a_text_field_and_decide_nothing(
    app_server: AppServer, board: Board, queue: Queue
) -> None:
    board.open(app_server, queue, "writer")
    board.page.get_by_text("Label sets", exact=True).click()
    field = board.page.get_by_label("Name", exact=True)
    field.click(timeout=LONG_MS)
    board.page.keyboard.type("axu s")
    expect(field).to_have_value("axu s")
    board.wait(at=0, marks="-" * NUM_CLIPS)
    board.page.get_by_role("button", name="New queue").click()
    expect(board.page.get_by_role("dialog")).to_be_visible(timeout=LONG_MS)
    board.press("x")
    board.wait(at=0, marks="-" * NUM_CLIPS)


def test_keys_can_be_changed_and_stay_so(app_server: AppServer, board: Board, queue: Queue) -> None:
    board.open(app_server, queue, "remapper")
    board.press("?")
    panel = board.page.get_by_test_id("label-help")
    expect(panel).to_be_visible()
    panel.locator("[data-action=remove]").click()
    board.press("a")  # the key of accept, which gets that of remove in exchange
    board.press("Escape")
    expect(panel).to_be_hidden()
    board.page.reload()
    board.wait(playable="true")
    board.press("a")
    board.wait(marks="x" + "-" * 49)
    board.press("x")
    board.wait(marks="xa" + "-" * 48)


def test_blind_stays_for_this_annotator_and_queue(app_server: AppServer, board: Board, queue: Queue) -> None:
    board.open(app_server, queue, "cautious")
    switch = board.page.get_by_role("switch", name="Blind")
    board.page.get_by_text("Blind", exact=True).click()
    expect(switch).to_be_checked(timeout=LONG_MS)
    board.press("a")  # the switch has the focus, and keys are the board's all the same
    board.wait(at=1, pending=0)
    board.press("l")  # a short clip could end before anyone looks
    board.press("Space")
    board.wait(playing="true")
    expect(switch).to_be_checked()
    board.page.reload()
    board.wait(playable="true")
    expect(switch).to_be_checked()
    board.page.evaluate("localStorage.setItem('fsat-label-annotator', 'somebody else')")
    board.page.reload()
    board.wait(playable="true")
    expect(switch).not_to_be_checked()


def test_keys_are_the_boards_after_a_click_on_the_list_of_queues(
    app_server: AppServer, board: Board, store: LabelStore, catalogue: pd.DataFrame, queue: Queue
) -> None:
    other = save_queue(store, build_queue("random", catalogue, limit=3))
    board.open(app_server, queue, "chooser")
    board.page.get_by_role("combobox", name="Queue").click()
    board.press("x")  # which looks for a queue while the list is open
    board.press("Backspace")
    board.page.get_by_role("option", name=other.name).click()
    board.wait(at=0, marks="---", playable="true")
    assert decisions(store, queue).empty, "what is written into the list decides nothing"
    board.press("x")
    board.wait(at=1, marks="x--", pending=0)
    board.page.get_by_role("combobox", name="Queue").click()
    board.press("Escape")
    board.press("u")
    board.wait(at=2, marks="xu-", pending=0)
    for _ in range(3):
        board.press("a")
        board.wait(at=2, marks="xua", pending=0)
    expect(board.page.get_by_test_id("label-status")).to_have_text(re.compile("Decided so already"))
    assert len(decisions(store, other)) == 3, "the same decision again is none"


def test_one_press_back_from_labelling_leads_to_the_list_with_its_filters(
    app_server: AppServer, board: Board, queue: Queue
) -> None:
    board.open(app_server, queue, "returner")
    page = board.page
    page.goto(f"{app_server.url}/?tab=Rows")
    page.get_by_role("button", name="cannot be read").click()
    broken = page.get_by_role("radio", name="Broken")
    expect(broken).to_be_checked(timeout=LONG_MS)
    page.get_by_role("button", name="Label these").click()
    expect(board.root).to_be_visible(timeout=LONG_MS)
    page.go_back()
    expect(page).to_have_url(re.compile("/clips[?].*show=unreadable"))
    expect(broken).to_be_checked(timeout=LONG_MS)
    page.go_back()
    expect(page).to_have_url(re.compile("/[?]tab=Rows$"))
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible(timeout=LONG_MS)
    whose = page.get_by_role("combobox", name="Labels", exact=True)
    whose.click()
    page.get_by_role("option", name="Everybody").click()
    expect(page).to_have_url(re.compile("/[?]tab=Rows&truth=everybody$"), timeout=LONG_MS)
    settle(page)
    with drawn_anew(page):
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Explore").click()
    expect(whose).to_have_value(re.compile("^Everybody"))
    expect(page).to_have_url(re.compile("truth=everybody$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/[?]tab=Rows$"), timeout=LONG_MS)
    expect(whose).to_have_value("The tables", timeout=LONG_MS)


def test_a_silent_clip_is_said_to_be_silent(
    app_server: AppServer, board: Board, store: LabelStore, catalogue: pd.DataFrame
) -> None:
    odd = pd.read_csv(app_server.data_dir / "demo_oddities.csv")
    silent = f"curated/{odd.loc[odd['kind'] == 'silence', 'fname'].item()}"
    loud = catalogue.loc[catalogue["clip_id"] != silent, "clip_id"].iloc[0]
    queue = save_queue(store, build_queue("filter", catalogue, clip_ids=[silent, loud]))
    board.open(app_server, queue, "listener")
    notes = board.page.get_by_test_id("label-notes")
    expect(notes).to_have_text(re.compile("This clip is silent"), timeout=LONG_MS)
    board.press("ArrowRight")
    board.wait(at=1, playable="true")
    expect(notes).to_be_hidden()
