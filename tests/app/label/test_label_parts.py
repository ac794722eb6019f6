"""Below the board of Label: agreement, label sets, import and export."""

import json
from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.labels import (
    Decision,
    LabelStore,
    Queue,
    list_label_sets,
    standing,
)
from tests.helpers.label_page import board, captions, open_part, remember

OpenApp = Callable[..., AppTest]


def test_agreement_leads_to_a_queue_of_disputes(open_label: OpenApp, store: LabelStore, queue: Queue) -> None:
    first, second = queue.clips["clip_id"].iloc[:2]
    for who, labels in (("ada", "Bark"), ("ben", "Knock")):
        store.add(Decision(first, who, "relabel", labels))
        store.add(Decision(second, who, "relabel", "Bark"))
    app = open_label()
    open_part(app, "Agreement")
    pairs = next(frame.value for frame in app.main.dataframe if "Kappa" in frame.value)
    assert pairs[["Annotators", "Clips of both", "Agreed"]].values.tolist() == [["ada and ben", 2, 50.0]]
    app.button(key="label_disputes").click().run()
    data = board(app)
    assert data["infos"]["0"]["clip_id"] == first
    assert len(data["marks"]) == 1


def test_a_label_set_is_made_listed_and_compared(
    open_label: OpenApp, store: LabelStore, queue: Queue
) -> None:
    store.add(Decision(queue.clips["clip_id"].iloc[0], "ada", "remove"))
    app = open_label()
    open_part(app, "Label sets")
    app.text_input(key="label_set_name").set_value("first-pass").run()
    app.button(key="label_set_make").click().run()
    assert "holds the labels of" in app.success[0].value
    (made,) = list_label_sets(store)
    assert made.name == "first-pass"
    changes = next(frame.value for frame in app.main.dataframe if "Change" in frame.value)
    assert changes[["Clip", "Change"]].values.tolist() == [[queue.clips["clip_id"].iloc[0], "removed"]]
    app.button(key="label_set_train").click().run()
    assert not app.exception
    assert (app.title[0].value, app.query_params["label_set"]) == ("Train", "first-pass")
    app = open_label()
    open_part(app, "Label sets")
    app.text_input(key="label_set_name").set_value("no/good").run()
    app.button(key="label_set_make").click().run()
    assert any("no/good" in element.value for element in app.error)


def test_an_import_shows_what_it_changes_and_can_be_taken_back(
    open_label: OpenApp, store: LabelStore, queue: Queue, catalogue: pd.DataFrame
) -> None:
    curated = catalogue.loc[catalogue["split"] == "curated", "fname"].tolist()
    app = open_label()
    open_part(app, "Import and export")
    text = json.dumps({curated[0]: "remove", curated[1]: "Hi-hat,Knock", "none.wav": "Bark"})
    app.file_uploader(key="label_import").upload("mine.json", text.encode()).run()
    assert any("none.wav" in element.value for element in app.error)
    app.checkbox(key="label_import_skip").check().run()
    button = next(button for button in app.button if button.label == "Import 2 decisions")
    button.click().run()
    assert any("2 decisions imported" in element.value for element in app.success)
    assert sorted(standing(store.decisions())["action"]) == ["relabel", "remove"]
    app.button(key="label_import_undo").click().run()
    assert not app.exception
    assert standing(store.decisions()).empty
    app.checkbox(key="label_export_details").check().run()
    assert not app.exception
    row = {"action": "relabel", "annotator": "cy", "decided_at": "2026-01-31T14:25:30Z", "queue": "Another"}
    text = json.dumps([row | {"fname": name, "labels": "-Bark,Knock"} for name in curated[:2]])
    app.file_uploader(key="label_import").upload("details.json", text.encode()).run()
    next(button for button in app.button if button.label == "Import 2 decisions").click().run()
    kept = standing(store.decisions())
    assert kept[["annotator", "labels", "denied", "queue"]].drop_duplicates().to_numpy().tolist() == [
        ["cy", "Knock", "Bark", "Another"]
    ]
    app.button(key="label_import_undo").click().run()
    assert standing(store.decisions()).empty


def test_an_import_keeps_what_agrees_as_accepted_once(
    open_label: OpenApp, store: LabelStore, queue: Queue, catalogue: pd.DataFrame
) -> None:
    clip = catalogue[catalogue["split"] == "curated"].iloc[0]
    text = json.dumps({clip["fname"]: clip["labels"]}).encode()
    app = open_label()
    open_part(app, "Import and export")
    app.file_uploader(key="label_import").upload("same.json", text).run()
    app.checkbox(key="label_import_accept").uncheck().run()
    assert any(info.value == "Nothing to import." for info in app.info)
    app.checkbox(key="label_import_accept").check().run()
    next(button for button in app.button if button.label == "Import one decision").click().run()
    assert not app.exception
    assert store.decisions()["action"].tolist() == ["accept"]
    assert "On 1 clip it is decided so already." in captions(app)
    assert any(info.value == "Nothing to import." for info in app.info)


def test_a_label_database_that_cannot_be_opened_is_one_line(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", "mysql://somewhere/labels")
    app = remember(open_app("label"), "ada")
    (error,) = app.error
    assert "mysql" in error.value
    assert "FSAT_DATABASE_URL" in error.value
