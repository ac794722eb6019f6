"""Label with a set that has been heard: suggestions by AudioSet's names, which decisions teach."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import locate
from fsat_core.embedding.store import create_store, open_arrays
from fsat_core.labels import LabelStore, Queue, build_queue, save_queue
from fsat_core.labels.own_names import change_own_names, read_own_names
from fsat_core.settings import Settings
from tests.helpers.embedders import TINY
from tests.helpers.label_page import board, op, open_part, post, remember
from ui.label import own_names

OpenApp = Callable[..., AppTest]
NAMES = ("Bark", "Doorbell")  # of this network, which knows no meowing
KINDS = ["bark", "knock", "meow"]


@pytest.fixture
def heard(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The catalogue of a set without labels that has been heard: clips of a kind sound alike."""
    table = settings.data_dir / "train_curated.csv"
    rows = pd.read_csv(table)
    rows[~rows["fname"].str.startswith("duet")].assign(labels="").to_csv(table, index=False)
    dataset = open_dataset(settings.data_dir)
    catalogue = scan(dataset, settings.cache_dir)
    place = locate(dataset, catalogue, settings.cache_dir, TINY)
    create_store(place.folder, pd.DataFrame({"clip_id": place.clip_ids}), [1] * len(place.clips), TINY)
    arrays = open_arrays(place.folder, "r+")
    for row, clip_id in enumerate(place.clip_ids):
        angle = next((at for at, kind in enumerate(KINDS) if kind in clip_id), 3) * np.pi / 2
        arrays.means[row] = arrays.windows[arrays.starts[row]] = [np.cos(angle), np.sin(angle)]
        arrays.scores[row] = [float("bark" in clip_id), float("knock" in clip_id)]
    arrays.counts[:] = 1
    monkeypatch.setattr("ui.shared.ears.YAMNET", TINY)
    for module in ("fsat_core.embedding.own_names", "ui.label.own_names"):
        monkeypatch.setattr(f"{module}.audioset_names", lambda: NAMES)
    return catalogue


@pytest.fixture
def store(settings: Settings) -> Iterator[LabelStore]:
    with LabelStore.open(settings.database_url) as opened:
        yield opened


@pytest.fixture
def queue(heard: pd.DataFrame, store: LabelStore) -> Queue:
    """A bark, two knocks and two meows."""
    ids = [f"curated/{name}.wav" for name in ("bark_0", "knock_0", "knock_1", "meow_0", "meow_1")]
    return save_queue(store, build_queue("filter", heard, clip_ids=ids, created_by="ada"))


@pytest.fixture
def open_label(open_app: OpenApp, queue: Queue) -> Callable[[str], AppTest]:
    """The page, opened under a name."""
    return lambda name: remember(open_app("label"), name)


def first(data: dict, at: int) -> str:
    """What is suggested first for a clip."""
    return data["infos"][str(at)]["likely"][0][0]


def test_before_any_label_they_are_audiosets_and_they_learn_and_unlearn(
    open_label: Callable[[str], AppTest],
) -> None:
    app = open_label("ada")
    assert any("By AudioSet's names" in element.value for element in app.main.caption)
    before = post(app, at=0)
    assert first(before, 0) == "Bark"
    assert first(post(app, at=4), 4) != "Meow"  # which has no name there
    data = board(app)
    post(app, op(data | {"infos": before["infos"] | post(app, at=3)["infos"]}, 3, "relabel", "Meow"), at=3)
    learned = post(app, at=4)
    assert first(learned, 4) == "Meow"
    undo = {"token": "u", "queue": data["queue"], "annotator": "ada", "action": "undo"}
    post(app, undo | {"undoes": learned["undo"][-1]["token"]}, at=4)
    assert post(app, at=0)["infos"]["0"]["likely"] == before["infos"]["0"]["likely"]


def test_all_annotators_teach_and_who_is_blind_sees_none(open_label: Callable[[str], AppTest]) -> None:
    ada = open_label("ada")
    data = post(ada, at=3)
    post(ada, op(data, 3, "relabel", "Meow"), at=3)
    ben = open_label("ben")
    assert first(post(ben, at=4), 4) == "Meow"
    ben.toggle(key="label_blind").set_value(True).run()
    assert post(ben, at=4)["infos"]["4"]["likely"] == []
    assert first(post(ada, at=4), 4) == "Meow"


def test_names_that_users_give_count_at_once(open_label: Callable[[str], AppTest], store: LabelStore) -> None:
    app = open_label("ada")
    assert first(post(app, at=1), 1) != "Knock"
    open_part(app, "AudioSet names")
    texts = [element.value for element in app.main.markdown]
    assert any(
        "1 of 4 classes have names in AudioSet. Without one: Knock, Meow, Siren." in text for text in texts
    )
    (table,) = [frame.value for frame in app.dataframe if "names" in frame.value]
    assert table["From"].tolist() == ["Same name", "None", "None", "None"]
    change_own_names(store, {"Knock": ["Doorbell"]})
    app.run()
    assert first(post(app, at=1), 1) == "Knock"
    app.button(key="label_names_reset").click().run()
    assert not app.exception
    assert read_own_names(store) == {}
    assert first(post(app, at=1), 1) != "Knock"


def test_edits_of_the_table_are_kept_once(
    heard: pd.DataFrame, store: LabelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = ["Bark", "Knock"]
    session: dict = {"table": {"edited_rows": {1: {"names": ["Doorbell"]}}}}
    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr(own_names, "label_store", lambda: store)
    own_names._take_edits("table", classes)
    assert read_own_names(store) == {"Knock": ["Doorbell"]}
    change_own_names(store, {"Knock": []})  # by somebody else
    session["table"]["edited_rows"][0] = {"names": None}
    own_names._take_edits("table", classes)
    assert read_own_names(store) == {"Bark": [], "Knock": []}
    session["table"]["edited_rows"][0] = {"names": ["Bark"]}
    own_names._take_edits("table", classes)
    assert read_own_names(store) == {"Knock": []}  # the name that it has by itself


def test_a_file_with_odd_rows_is_not_taken_and_each_is_a_line(
    open_label: Callable[[str], AppTest], store: LabelStore
) -> None:
    app = open_label("ada")
    open_part(app, "AudioSet names")
    rows = "class,audioset_name\nKnock,Doorbell\nKnok,Bark\nMeow,Meow\nKnock,Doorbell\n"
    app.file_uploader(key="label_names_file").upload("names.csv", rows.encode()).run()
    assert not app.exception
    assert "3 rows cannot be" in app.error[0].value
    lines = "\n".join(element.value for element in app.main.markdown)
    assert all(f"line {number}:" in lines for number in (3, 4, 5))
    assert read_own_names(store) == {}
    app.file_uploader(key="label_names_file").upload(
        "names.csv", "\n".join(rows.split("\n")[:2]).encode()
    ).run()
    assert read_own_names(store) == {"Knock": ["Doorbell"]}
