"""Pages on a data set whose clips are in a bucket."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, build_queue, save_queue
from fsat_core.settings import Settings
from tests.helpers.clip_list import table
from tests.helpers.label_page import board, post, remember
from tests.helpers.s3_server import SECRET, S3Server

OpenApp = Callable[..., AppTest]


@pytest.fixture
def prefix(settings: Settings, s3: S3Server) -> str:
    """Where the clips of the set in use are."""
    return s3.take_audio(settings.data_dir)


@pytest.fixture
def open_away(open_app: OpenApp, demo_settings: Settings, settings: Settings, prefix: str) -> OpenApp:
    """Opens pages on that set."""
    return open_app


def test_clips_are_heard_and_drawn(open_away: OpenApp) -> None:
    app = open_away("clips", show="all", clip="curated/bark_0.wav")
    assert not app.exception
    assert not app.error
    assert len(table(app)) == 22
    assert [audio.proto.alt for audio in app.get("audio")].count("curated/bark_0.wav") == 1
    assert "fsat_player" in [element.proto.component_name for element in app.get("bidi_component")]


def test_a_clip_that_has_gone_is_one_line_among_the_others(
    open_away: OpenApp, prefix: str, s3: S3Server
) -> None:
    app = open_away("clips", show="all", clip="curated/bark_0.wav")
    s3.remove(f"{prefix}/train_curated/knock_0.wav")
    app.query_params["clip"] = "curated/knock_0.wav"
    app.run()
    assert not app.exception
    assert [error.value.replace("\\", "").split(" at ")[0] for error in app.error] == ["knock_0.wav: not"]
    assert SECRET not in app.error[0].value


def test_the_board_gets_sounds_and_says_what_cannot_be_had(
    open_away: OpenApp, settings: Settings, prefix: str, s3: S3Server
) -> None:
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        queue = save_queue(store, build_queue("random", catalogue, limit=22, created_by="ada"))
    ids = queue.clips["clip_id"].tolist()
    data = board(remember(app := open_away("label"), "ada"))
    assert data["clips"][ids[0]]["pictures"][0]["jpeg"]
    at = len(ids) - 2  # so far on that it has not been read ahead
    split, _, fname = ids[at].partition("/")
    folder = {"curated": "train_curated", "noisy": "train_noisy", "test": "test"}[split]
    s3.remove(f"{prefix}/{folder}/{fname}")
    answer = post(app, at=at)
    assert answer["infos"][str(at)]["error"].startswith(f"{fname}: not at ")
    assert set(post(app, at=3)["clips"]) == {ids[3], ids[4]}


def test_an_address_that_is_refused_says_so_and_offers_the_demo_set(open_away: OpenApp, s3: S3Server) -> None:
    with s3.refusing():
        app = open_away("clips")
    assert not app.exception
    assert any("may not be read" in error.value for error in app.error)
