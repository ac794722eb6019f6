"""The board of Label without a browser: decisions as it posts them, and what it is sent."""

from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.errors import LabelError
from fsat_core.labels import (
    Decision,
    LabelStore,
    Queue,
    build_queue,
    save_queue,
    standing,
)
from fsat_core.labels.fixed_keys import FixedKey, keep_fixed_keys
from fsat_core.settings import Settings
from tests.helpers.label_page import board, captions, op, post, remember

OpenApp = Callable[..., AppTest]


def test_the_name_is_asked_once_and_only_where_the_browser_knows_none(open_app: OpenApp) -> None:
    app = open_app("label")
    assert not app.main.text_input  # the browser has not been asked yet
    remember(app, "")
    assert "Who are you?" in app.info[0].value
    app.text_input(key="label_name_asked").set_value("  Ada ")
    next(button for button in app.button if button.label == "Start labelling").click().run()
    assert not app.exception
    assert app.text_input(key="label_name_new").value == "Ada"


def test_the_board_gets_the_clips_that_come_first(open_label: OpenApp, queue: Queue) -> None:
    data = board(open_label())
    ids = queue.clips["clip_id"].tolist()
    assert [data["infos"][str(at)]["clip_id"] for at in range(6)] == ids[:6]
    assert ids[0] in data["clips"]
    assert data["clips"][ids[0]]["pictures"][0]["jpeg"]
    assert data["marks"] == "-" * 20
    assert {name for _, names in data["families"] for name in names} >= {"Bark", "Knock"}


def test_decisions_are_stored_once_however_often_they_are_posted(
    open_label: OpenApp, store: LabelStore, queue: Queue
) -> None:
    app = open_label()
    data = board(app)
    ops = [
        op(data, 0, "accept"),
        op(data, 1, "relabel", "Bark,Knock"),
        op(data, 2, "remove"),
        op(data, 3, "unsure"),
    ]
    for _ in range(2):
        answer = post(app, *ops, at=4)
        assert answer["stored"] == [made["token"] for made in ops]
    assert (answer["marks"], answer["start"]) == ("arxu" + "-" * 16, 4)
    app.run()
    rows = store.decisions()
    assert rows["action"].tolist() == ["accept", "relabel", "remove", "unsure"]
    assert rows["labels"].tolist()[1:] == ["Bark,Knock", "", ""]
    assert set(rows["queue"]) == {queue.name}
    assert set(rows["annotator"]) == {"ada"}
    text = app.main.get("progress")[0].proto.text
    assert "**4** of 20 done, 16 left · 1 accepted · 1 relabelled · 1 removed · 1 unsure" in text


def test_undo_takes_back_a_batch_and_only_that(open_label: OpenApp, store: LabelStore, queue: Queue) -> None:
    app = open_label()
    data = board(app)
    answer = post(app, op(data, 0, "accept"), *(op(data, at, "remove", batch="x") for at in (1, 2, 3)))
    last = answer["undo"][-1]
    assert last == {"token": "token-1-remove", "at": [1, 2, 3]}
    undo = {
        "token": "u",
        "queue": data["queue"],
        "annotator": "ada",
        "action": "undo",
        "undoes": last["token"],
    }
    answer = post(app, undo)
    assert answer["marks"] == "a" + "-" * 19
    assert len(standing(store.decisions())) == 1


def test_a_decision_on_an_unknown_clip_is_refused_and_said(open_label: OpenApp, queue: Queue) -> None:
    app = open_label()
    answer = post(app, op(board(app), 0, "accept", clip_id="curated/none.wav"))
    assert answer["stored"] == []
    assert "curated/none.wav" in answer["refused"][0][1]


def test_what_the_browser_holds_is_not_sent_again(open_label: OpenApp, queue: Queue) -> None:
    app = open_label()
    ids = queue.clips["clip_id"].tolist()
    assert set(post(app, at=7)["clips"]) <= {ids[7], ids[8]}
    answer = post(app, at=7, held=(7, 8))
    assert answer["clips"] == {}
    assert answer["infos"]["7"]["clip_id"] == ids[7]


def test_a_clip_whose_file_has_gone_says_so(
    open_label: OpenApp, queue: Queue, demo_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.label import board as module

    app = open_label()
    monkeypatch.setattr(module, "clip_path", lambda *_: demo_settings.data_dir / "gone.wav")
    answer = post(app, at=9)
    assert "gone.wav" in answer["infos"]["9"]["error"]
    assert answer["clips"] == {}


def test_settings_that_cannot_be_read_leave_the_board(
    open_label: OpenApp, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise LabelError("permission denied for queue_settings")

    monkeypatch.setattr("ui.label.desk.queue_settings.read_settings", refuse)
    app = open_label()
    assert board(app)["queue"] == queue.queue_id
    assert any("permission denied" in element.value for element in app.error)


def test_keys_of_classes_stay_while_the_database_is_busy(
    open_label: OpenApp, store: LabelStore, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_fixed_keys(store, "ada", [FixedKey(key="q", label="Bark")])

    def refuse(*_: object) -> None:
        raise LabelError("The label database is busy")

    app = open_label()
    kept = board(app)["fixed"]
    assert [(each["key"], each["label"]) for each in kept] == [("q", "Bark")]
    monkeypatch.setattr("ui.label.desk.read_fixed_keys", refuse)
    assert post(app, op(board(app), 0, "accept"))["fixed"] == kept


def test_blind_hides_what_others_decided(open_label: OpenApp, store: LabelStore, queue: Queue) -> None:
    first = queue.clips["clip_id"].iloc[0]
    store.add(Decision(first, "ben", "relabel", "Knock"))
    app = open_label()
    assert board(app)["infos"]["0"]["labels"] == "Knock"
    assert not app.main.dataframe
    app.session_state["label_history"] = True  # unfolded
    app.run()
    table = app.main.dataframe[0].value
    assert table[["Who", "Decision", "Labels"]].values.tolist() == [["ben", "Relabel", "Knock"]]
    app.toggle(key="label_blind").set_value(True).run()
    assert board(app)["infos"]["0"]["labels"] == board(app)["infos"]["0"]["source"] != "Knock"
    assert not app.main.dataframe
    assert "Nothing decided yet" in captions(app)


def test_the_rest_of_a_queue_that_begins_with_the_worst_may_be_left(
    open_label: OpenApp, store: LabelStore, catalogue: pd.DataFrame
) -> None:
    from dataclasses import replace

    queue = save_queue(store, replace(build_queue("random", catalogue, limit=41), kind="silence"))
    for at, clip_id in enumerate(queue.clips["clip_id"].iloc[:40]):
        store.add(Decision(clip_id, "ada", "accept", "Bark", queue=queue.name, token=str(at)))
    app = open_label()
    said = app.main.get("progress")[0].proto.text
    assert "worth stopping: of the 1 clip left, at most about 9 % would be changed" in said
    store.add(Decision(queue.clips["clip_id"].iloc[40], "ada", "remove", queue=queue.name))
    app.run()
    assert "would be changed" not in app.main.get("progress")[0].proto.text
    assert "All 41 clips of this queue are decided, 1 of them changed" in app.success[0].value
