"""The map on Explore: what colours its dots, and where a choice of clips leads."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.sets.heard_set import write_heard_set
from benchmarks.sets.sample_runs import write_finished_run
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import EmbeddingStore
from fsat_core.labels import Decision, LabelStore, list_queues, load_queue
from fsat_core.settings import Settings

OpenApp = Callable[..., AppTest]


@pytest.fixture
def heard(settings: Settings) -> EmbeddingStore:
    dataset = open_dataset(settings.data_dir)
    return write_heard_set(dataset, scan(dataset, settings.cache_dir), settings)


def sent(app: AppTest) -> dict[str, Any]:
    """What the browser was sent."""
    assert not app.exception
    protos = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in protos if proto.component_name == "fsat_sound_map"]
    return json.loads(proto.json)


def groups(app: AppTest) -> dict[str, int]:
    """The groups that have clips, and how many."""
    colours = sent(app)["colours"]
    return {name: num for name, num in zip(colours["names"], colours["counts"], strict=True) if num}


def say(app: AppTest, clips: str, colours: str, *chosen: int) -> AppTest:
    """What the browser says of what it holds, and which clips are chosen."""
    bits = np.zeros(22, np.uint8)
    bits[list(chosen)] = 1
    text = base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode() if chosen else ""
    view = {"clips": clips, "colours": colours, "chosen": text, "picked": -1, "heard": -1}
    app.session_state["explore_map"] = {"view": view}
    return app.run()


def test_classes_splits_and_labels_in_doubt_have_colours(open_app: OpenApp, heard: EmbeddingStore) -> None:
    app = open_app("explore", tab="Map")
    assert set(groups(app)) == {"Bark", "Knock", "Meow", "Siren", "No label"}
    assert sent(app)["clips"]["num"] == 22
    app.multiselect(key="explore_map_classes").set_value(["Meow"]).run()
    colours = sent(app)["colours"]
    names = np.array(colours["names"])
    assert names[np.array(colours["colours"]) >= 0].tolist() == ["Meow"]
    app.segmented_control(key="explore_map_colour").set_value("split").run()
    assert set(groups(app)) == {"Curated", "Noisy", "Test"}
    app.segmented_control(key="explore_map_colour").set_value("mistakes").run()
    assert groups(app) == {"Not scored": 22}
    assert any("No finished run" in element.value for element in app.main.caption)
    app.segmented_control(key="explore_map_colour").set_value("suspicion").run()
    num_labelled = sum(not clip_id.startswith("test/") for clip_id in heard.clip_ids)
    assert (sent(app)["colours"]["scale"], sent(app)["colours"]["num_known"]) == ("Suspicion", num_labelled)


def test_what_was_decided_has_colours_by_whose_labels_count(
    open_app: OpenApp, heard: EmbeddingStore, settings: Settings
) -> None:
    with LabelStore.open(settings.database_url) as store:
        store.add(Decision("curated/bark_0.wav", "ada", "relabel", "Yell", "Bark"))
        store.add(Decision("curated/bark_1.wav", "bob", "accept", "Bark", "Bark"))
    app = open_app("explore", tab="Map", explore_map_colour="Decision")
    assert groups(app) == {"Relabelled": 1, "Accepted": 1, "Undecided": 20}
    app = open_app("explore", tab="Map", explore_map_colour="Decision", truth="agreement")
    assert groups(app) == {"Undecided": 22}


def test_mistakes_of_a_run_have_colours(open_app: OpenApp, heard: EmbeddingStore, settings: Settings) -> None:
    run = write_finished_run(settings)
    app = open_app("explore", tab="Map", explore_map_colour="Mistakes")
    found = groups(app)
    assert found["Wrong"] + found.get("Right", 0) == 22 - found["Not scored"] > 0
    app.segmented_control(key="explore_map_mistakes").set_value("which").run()
    taken = {name: num for name, num in groups(app).items() if name.startswith("Taken for ")}
    assert sum(taken.values()) == found["Wrong"]
    app.segmented_control(key="explore_map_colour").set_value("suspicion").run()
    app.selectbox(key="explore_map_rated_by").set_value(run.run_id).run()
    assert 0 < sent(app)["colours"]["num_known"] < 22


def test_a_browser_gets_what_it_does_not_hold(open_app: OpenApp, heard: EmbeddingStore) -> None:
    app = open_app("explore", tab="Map")
    first = sent(app)
    keys = first["clips"]["key"], first["colours"]["key"]
    say(app, *keys)
    assert not {"clips", "colours"} & set(sent(app))
    app.segmented_control(key="explore_map_colour").set_value("split").run()
    say(app, *keys)
    assert "clips" not in sent(app)
    assert sent(app)["colours"]["names"] == ["Curated", "Noisy", "Test"]
    say(app, "", "")
    assert {"clips", "colours"} <= set(sent(app)), "a new element has nothing"


def test_chosen_clips_are_opened_in_clips_and_become_a_queue(
    open_app: OpenApp, heard: EmbeddingStore, settings: Settings
) -> None:
    app = open_app("explore", tab="Map")
    first = sent(app)
    say(app, first["clips"]["key"], first["colours"]["key"], 0, 5)
    chosen = {heard.clip_ids[0], heard.clip_ids[5]}
    app.button(key="explore_map_open").click().run()
    assert app.title[0].value == "Clips"
    assert any("2 of 22 clips" in element.value for element in app.main.caption)
    app.button(key="clips_drop_choice").click().run()
    assert any("22 of 22 clips" in element.value for element in app.main.caption)

    app = open_app("explore", tab="Map")
    say(app, first["clips"]["key"], first["colours"]["key"], 0, 5)
    app.button(key="label_these_similar").click().run()
    assert app.title[0].value == "Label"
    with LabelStore.open(settings.database_url) as store:
        queue = load_queue(store, int(list_queues(store)["queue_id"].iloc[0]))
    assert set(queue.clips["clip_id"]) == chosen


def test_a_link_to_clips_that_are_kept_no_more_says_so(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("clips", among="0123456789abcdef", show="all")
    assert any("not kept any more" in element.value for element in app.main.info)
    next(button for button in app.main.button if button.label == "List all clips").click().run()
    assert any("22 of 22 clips" in element.value for element in app.main.caption)
