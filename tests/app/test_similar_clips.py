"""Similar clips beside the players of four pages, found in a store that a tiny network has filled."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.embedding import EmbeddingStore, build_store, locate
from fsat_core.labels import LabelStore, build_queue, list_queues, load_queue, save_queue
from fsat_core.labels.board.suggestions import HeardSuggestions
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.embedders import TINY, TinyEmbedder
from tests.helpers.label_page import board, remember
from ui.label.suggestions import heard_suggestions
from ui.shared import ears
from ui.similar.nearest import like_clip

OpenApp = Callable[..., AppTest]
CLIP, COPY = "curated/bark_0.wav", "test/test_bark.wav"


@pytest.fixture
def heard(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> EmbeddingStore:
    """A data set that has been heard, in which one clip is there a second time under another name."""
    for module in ("ui.shared.ears", "ui.similar.nearest", "ui.predict.evidence"):
        monkeypatch.setattr(f"{module}.YAMNET", TINY)
    own_names = "fsat_core.embedding.own_names.audioset_names"
    monkeypatch.setattr(own_names, lambda: TinyEmbedder.class_names)
    shutil.copy(settings.data_dir / "train_curated" / "bark_0.wav", settings.data_dir / "test/test_bark.wav")
    dataset = open_dataset(settings.data_dir)
    place = locate(dataset, scan(dataset, settings.cache_dir), settings.cache_dir, TINY)
    return build_store(place, settings.cache_dir, num_processes=1)


def unfold(app: AppTest, key: str = "similar_clips") -> AppTest:
    app.session_state[key] = True
    app.run()
    assert not app.exception
    return app


def listed(app: AppTest) -> list[str]:
    """The clips that are listed, nearest first."""
    keys = [str(button.key) for button in app.main.button]
    return [key.removeprefix("similar_play_") for key in keys if key.startswith("similar_play_")]


def num_begun(app: AppTest) -> int:
    """How many sounds begin to play by themselves."""
    return sum(element.proto.autoplay for element in app.get("audio"))


def test_clips_lists_what_sounds_alike_and_plays_one(open_app: OpenApp, heard: EmbeddingStore) -> None:
    app = open_app("clips", clip=CLIP, show="all")
    assert not listed(app), "looked for before somebody asked"
    unfold(app)
    near = listed(app)
    assert (near[0], len(near)) == (COPY, 8)
    assert CLIP not in near
    texts = [element.value for element in [*app.main.caption, *app.main.markdown]]
    assert any("Same sound" in text for text in texts)
    assert "Bark" in texts
    assert "No label" in texts
    app.button(key=f"similar_play_{COPY}").click().run()
    assert num_begun(app) == 1
    app.button(key=f"similar_play_{COPY}").click().run()
    assert num_begun(app) == 0, "a second press stops it"


def test_a_stretch_of_a_clip_finds_others(
    open_app: OpenApp, heard: EmbeddingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stretches = []

    def note(store: EmbeddingStore, clip_id: str, stretch: tuple[float, float] | None) -> pd.DataFrame:
        stretches.append(stretch)
        return like_clip(store, clip_id, stretch)

    monkeypatch.setattr("ui.similar.panel.like_clip", note)
    app = unfold(open_app("clips", clip=CLIP, show="all"))
    whole = [element.value for element in app.main.caption]
    slider = app.slider(key=f"similar_stretch_{CLIP}")
    slider.set_value((0.0, 0.1)).run()
    assert not app.exception
    assert len(listed(app)) == 8
    assert [element.value for element in app.main.caption] != whole
    last_step = slider.max - 0.07  # of a clip whose length is no whole number of steps
    slider.set_value((0.0, last_step)).run()
    slider.set_value((0.1, last_step)).run()
    assert stretches == [None, (0.0, 0.1), None, (0.1, slider.max)]


def test_a_clip_and_those_that_sound_alike_become_a_queue(
    open_app: OpenApp, heard: EmbeddingStore, settings: Settings
) -> None:
    app = unfold(open_app("clips", clip=CLIP, show="all"))
    near = listed(app)
    app.button(key="label_these_similar").click().run()
    assert app.title[0].value == "Label"
    with LabelStore.open(settings.database_url) as store:
        queue = load_queue(store, int(list_queues(store)["queue_id"].iloc[0]))
    assert queue.clips["clip_id"].tolist() == [CLIP, *near]
    assert "bark_0.wav" in queue.name


def test_label_has_them_for_the_clip_in_view_and_a_queue_of_them_is_opened(
    open_app: OpenApp, heard: EmbeddingStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        first = save_queue(store, build_queue("filter", catalogue, clip_ids=[CLIP], created_by="ada"))
    app = unfold(remember(open_app("label"), "ada"))
    assert listed(app)[0] == COPY
    app.button(key="label_these_similar").click().run()
    app = remember(app.switch_page("pages/label.py"), "ada")
    assert board(app)["queue"] != first.queue_id
    assert len(board(app)["marks"]) == 9
    gone = "ui.similar.panel.state.labelled"
    monkeypatch.setattr(gone, lambda: hold_catalogue(catalogue[catalogue["clip_id"] != CLIP]))
    app.run()
    assert not app.exception
    assert "This clip is no longer in the data set." in [element.value for element in app.main.caption]


def test_much_to_learn_does_not_keep_the_board_waiting(
    open_app: OpenApp, heard: EmbeddingStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, learn_all = threading.Event(), HeardSuggestions._learn_all
    monkeypatch.setattr("fsat_core.labels.board.suggestions._AT_ONCE", 0)
    monkeypatch.setattr(HeardSuggestions, "_learn_all", lambda *given: (go.wait(60), learn_all(*given)))
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        save_queue(store, build_queue("filter", catalogue, clip_ids=[CLIP], created_by="ada"))
    app = remember(open_app("label"), "ada")
    assert not app.exception
    assert list(board(app)["clips"]) == [CLIP], "it is drawn at once"
    assert board(app)["infos"]["0"]["likely"] == []
    assert any("Suggestions come in a moment" in element.value for element in app.main.caption)
    go.set()
    heard_by_all = heard_suggestions()
    assert heard_by_all is not None
    while heard_by_all.is_learning:
        time.sleep(0.05)
    app.run()
    assert board(app)["infos"]["0"]["likely"]
    assert not any("Suggestions come in a moment" in element.value for element in app.main.caption)


def test_a_set_that_has_not_been_heard_says_so_in_one_line(
    open_app: OpenApp, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.shared.ears.YAMNET", TINY)
    app = unfold(open_app("clips", clip=CLIP, show="all"))
    assert any("has to hear all 22 clips" in element.value for element in app.main.markdown)
    assert not listed(app)


def test_predict_lists_labelled_clips_as_evidence(
    open_app: OpenApp,
    heard: EmbeddingStore,
    finished_runs: dict[str, Run],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = finished_runs["mfcc_dummy"]
    shutil.copytree(run.path, settings.runs_dir / run.run_id)
    app = open_app("predict")
    content = Path(settings.data_dir / "train_curated/bark_0.wav").read_bytes()
    app.file_uploader(key="predict_files").upload("mine.wav", content)
    unfold(app.run(), "predict_similar")
    assert listed(app)[0] == CLIP
    assert not any(clip_id.startswith("test/") for clip_id in listed(app))
    assert any("of 8" in element.value and "Bark" in element.value for element in app.main.caption)
    monkeypatch.setattr("ui.shared.ears.YAMNET", replace(TINY, is_here=lambda _: False))
    app.run()
    assert not listed(app)
    assert "Bring YAMNet" in [button.label for button in app.main.button]
    assert any("no longer in the cache folder" in element.value for element in app.main.markdown)


def test_a_map_that_cannot_be_drawn_says_why_and_can_be_tried_again(
    open_app: OpenApp, heard: EmbeddingStore
) -> None:
    app = open_app("explore", tab="Map")
    app.button(key="explore_map_draw").click().run()
    assert not app.exception
    for process in ears._processes().values():  # of the real network, which nobody has brought here
        process.wait()
    app.run()
    assert app.button(key="explore_map_draw").label == "Draw the map"
    assert "is not on this machine yet" in app.main.error[0].value
