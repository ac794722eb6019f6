"""The line that offers to let YAMNet listen, and what it leads to."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers.embedders import lend_yamnet
from ui.shared import ears

PATIENCE_S = 120


def page() -> None:
    import streamlit as st

    from ui.shared import ears, state

    state.open_data()
    ears.offer_listening("Here similar clips are shown.")
    heard = ears.heard_clips()
    st.write("nothing heard" if heard is None else f"{len(heard.clip_ids)} heard")


@pytest.fixture
def cache_dir(kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cache folder of an app on the small set."""
    monkeypatch.setenv("FSAT_DATA_DIR", str(kaggle_set))
    monkeypatch.setenv("FSAT_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    for process in ears._processes().values():
        process.wait(PATIENCE_S)  # whoever empties the caches lets no process go that still runs


def wait_until(app: AppTest, text: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not any(text in element.value for element in [*app.markdown, *app.error]):
        assert time.monotonic() < deadline, [element.value for element in [*app.markdown, *app.error]]
        time.sleep(0.3)
        app.run()


def test_a_click_lets_it_listen_until_all_clips_have_been_heard(cache_dir: Path) -> None:
    lend_yamnet(cache_dir)
    app = AppTest.from_function(page, default_timeout=300).run()
    assert "has to hear all 22 clips." in app.markdown[0].value
    assert app.markdown[-1].value == "nothing heard"
    app.button[0].click().run()
    wait_until(app, "22 heard")
    assert not app.button
    assert not app.exception


def test_without_weights_and_connection_one_line_says_what_to_do(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    app = AppTest.from_function(page, default_timeout=300).run()
    assert "with 32 MB to download" in app.markdown[0].value
    app.button[0].click().run()
    wait_until(app, "could not be downloaded")
    assert "fsat pretrained --from DIR" in app.error[0].value
    assert app.button[0].label == "Let YAMNet listen"


def test_a_stop_keeps_what_has_been_heard(cache_dir: Path) -> None:
    lend_yamnet(cache_dir)
    app = AppTest.from_function(page, default_timeout=300).run()
    app.button[0].click().run()
    assert app.button[0].label == "Stop"
    app.button[0].click().run()
    deadline = time.monotonic() + PATIENCE_S
    while app.button and app.button[0].label == "Stop":
        assert time.monotonic() < deadline
        time.sleep(0.3)
        app.run()
    assert not app.error  # a stop is no failure
