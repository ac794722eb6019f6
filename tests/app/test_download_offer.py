"""An empty data folder: FSDKaggle2019 is offered into it, brought by a process, and opened."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.background import last_words
from fsat_core.download.following import LOG, WORK, is_downloading
from fsat_core.download.record import PARTS
from fsat_core.settings import Settings
from tests.helpers.record_server import RecordServer, zip_folder

OpenApp = Callable[..., AppTest]


@pytest.fixture
def record(
    write_set: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RecordServer]:
    """A record on loopback with a tiny set, which the app asks in place of Zenodo."""
    root = write_set(tmp_path / "published", "zenodo")
    (root / PARTS["doc"]).mkdir()
    (root / PARTS["doc"] / "README.md").write_text("Documentation")
    archives = {f"{name}.zip": zip_folder(root / name) for name in PARTS.values()}
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with RecordServer(archives).running() as running:
        monkeypatch.setenv("FSAT_RECORD_URL", running.url)
        yield running


@pytest.fixture
def empty(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that is configured; there is none yet."""
    folder = tmp_path / "fsd"
    monkeypatch.setenv("FSAT_DATA_DIR", str(folder))
    return folder


def wait_for_end(folder: Path) -> None:
    while is_downloading(folder):
        time.sleep(0.05)


def test_an_empty_folder_is_filled_by_a_click(open_app: OpenApp, empty: Path, record: RecordServer) -> None:
    app = open_app()
    assert len(app.error) == 1
    app.button(key="download_start").click().run()
    wait_for_end(empty)
    app.run()
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Explore"
    assert app.sidebar.markdown[0].value == "22 clips, 4 classes"
    assert {path.name for path in empty.iterdir()} == {*PARTS.values(), ".download"}


def test_parts_are_chosen(open_app: OpenApp, empty: Path, record: RecordServer) -> None:
    app = open_app()
    app.pills(key="download_parts").set_value(["meta", "doc"]).run()
    app.button(key="download_start").click().run()
    wait_for_end(empty)
    assert {path.name for path in empty.iterdir()} == {PARTS["meta"], PARTS["doc"], ".download"}


def test_why_it_came_to_nothing_is_said_and_it_can_be_tried_again(
    open_app: OpenApp, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_RECORD_URL", "http://127.0.0.1:9/api/records/1")
    app = open_app()
    app.button(key="download_start").click().run()
    wait_for_end(empty)
    app.run()
    assert any("127.0.0.1" in error.value for error in app.error)
    assert not app.button(key="download_start").disabled


def test_nothing_is_offered_into_a_folder_that_has_something(
    open_app: OpenApp, empty: Path, record: RecordServer
) -> None:
    empty.mkdir()
    (empty / "notes.txt").write_text("Mine")
    assert "download_start" not in [button.key for button in open_app().button]


def test_a_parent_that_is_not_there_is_not_made(
    open_app: OpenApp, tmp_path: Path, record: RecordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATA_DIR", str(tmp_path / "not" / "mounted"))
    assert "download_start" not in [button.key for button in open_app().button]


def test_it_is_followed_and_stopped(open_app: OpenApp, empty: Path, record: RecordServer) -> None:
    record.faults[f"{PARTS['curated']}.zip"] = ["trickle"] * 50
    app = open_app()
    app.button(key="download_start").click().run()
    assert is_downloading(empty)
    assert "download_start" not in [button.key for button in app.button]
    app.button(key="download_stop").click().run()
    wait_for_end(empty)
    app.run()
    assert not app.exception
    assert "What has come is kept" in last_words(empty / WORK / LOG)
    assert not (empty / PARTS["curated"]).exists()
