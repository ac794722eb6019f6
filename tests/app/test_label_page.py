"""The page Label without a browser: names, queues, decisions as the board posts them, and what follows."""

import json
import shutil
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import LabelError
from fsat_core.labels import (
    Decision,
    LabelStore,
    Queue,
    build_queue,
    delete_queue,
    list_label_sets,
    list_queues,
    load_queue,
    save_queue,
    standing,
)
from fsat_core.labels.fixed_keys import FixedKey, keep_fixed_keys
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.clip_list import shown_list, table

OpenApp = Callable[..., AppTest]
BOARD, NAME = "label_board", "label_name_memory"


@pytest.fixture
def store(demo_settings: Settings) -> Any:
    with LabelStore.open(demo_settings.database_url) as opened:
        yield opened


@pytest.fixture
def catalogue(demo_settings: Settings) -> pd.DataFrame:
    return scan(open_dataset(demo_settings.data_dir), demo_settings.cache_dir)


@pytest.fixture
def queue(store: LabelStore, catalogue: pd.DataFrame) -> Queue:
    """A saved queue of 20 clips in random order."""
    return save_queue(store, build_queue("random", catalogue, limit=20, created_by="ada"))


@pytest.fixture
def open_label(open_app: OpenApp) -> Callable[..., AppTest]:
    """Opens the page in a browser that remembers a name: `open_label("ada")`."""

    def open_page(name: str = "ada", **query: str) -> AppTest:
        app = open_app("label", **query)
        return remember(app, name)

    return open_page


def remember(app: AppTest, name: str) -> AppTest:
    """What the browser answers when it is asked for the name."""
    app.session_state[NAME] = {"kept": {"asked": True, "name": name}}
    app.run()
    assert not app.exception
    return app


def board(app: AppTest) -> dict[str, Any]:
    """What the browser was sent."""
    assert not app.exception
    sent = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in sent if proto.component_name == "fsat_label_board"]
    return json.loads(proto.json)


def op(data: dict[str, Any], at: int, action: str, labels: str = "", **other: Any) -> dict[str, Any]:
    """A decision as the browser makes it."""
    info = data["infos"][str(at)]
    return {
        "token": f"token-{at}-{action}",
        "queue": data["queue"],
        "annotator": data["annotator"],
        "clip_id": info["clip_id"],
        "at": at,
        "action": action,
        "labels": labels or (info["labels"] if action == "accept" else ""),
        "previous": info["labels"],
        "run": data["run"],
        "batch": "",
        **other,
    }


def post(app: AppTest, *ops: dict[str, Any], at: int = 0, held: tuple[int, ...] = ()) -> dict[str, Any]:
    """Post decisions as the board does; returns the answer."""
    data = board(app)
    message = {"n": data["n"] + 1, "queue": data["queue"], "at": at, "ops": list(ops)}
    message |= {"want": [at, at + 1], "held": list(held), "heard": list(held)}
    app.session_state[BOARD] = {"post": message}
    app.run()
    answer = board(app)
    assert answer["n"] == message["n"]
    return answer


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.main.caption)


# --- before there is anything to decide on


def test_the_name_is_asked_once_and_only_where_the_browser_knows_none(open_app: OpenApp) -> None:
    app = open_app("label")
    assert not app.main.text_input  # the browser has not been asked yet
    remember(app, "")
    assert "Who are you?" in app.info[0].value
    app.text_input(key="label_name_asked").set_value("  Ada ")
    next(button for button in app.button if button.label == "Start labelling").click().run()
    assert not app.exception
    assert app.text_input(key="label_name_new").value == "Ada"


def test_an_empty_page_invites_to_make_a_queue(open_label: OpenApp, store: LabelStore) -> None:
    app = open_label()
    assert "Make the first one" in app.info[0].value
    app.button(key="label_new").click().run()
    assert app.selectbox(key="label_form_kind").value == "abnormal_length"  # there is no run
    app.selectbox(key="label_form_kind").select("noisy").run()
    assert app.button(key="label_form_make").disabled  # it needs a class
    app.selectbox(key="label_form_label").select("Bark")
    app.number_input(key="label_form_limit").set_value(3).run()
    app.button(key="label_form_make").click().run()
    assert not app.exception
    (saved,) = list_queues(store)["queue_id"]
    made = load_queue(store, int(saved))
    assert (made.kind, made.created_by, len(made.clips)) == ("noisy", "ada", 3)
    assert made.clips["clip_id"].str.startswith("noisy/").all()
    assert board(app)["queue"] == made.queue_id
    assert made.explanation in captions(app)


def test_a_kind_that_needs_the_samples_reads_them(open_label: OpenApp, store: LabelStore) -> None:
    app = open_label()
    app.button(key="label_new").click().run()
    app.selectbox(key="label_form_kind").select("silence").run()
    assert "deep scan" in captions(app) + "".join(element.value for element in app.caption)
    app.button(key="label_form_make").click().run()
    assert not app.exception
    assert list_queues(store)["kind"].tolist() == ["silence"]


def test_an_address_opens_its_queue(
    open_label: OpenApp, store: LabelStore, catalogue: pd.DataFrame, queue: Queue
) -> None:
    other = save_queue(store, build_queue("random", catalogue, limit=5, seed=1))
    assert board(open_label())["queue"] == other.queue_id  # the newest
    assert board(open_label(queue=str(queue.queue_id)))["queue"] == queue.queue_id
    app = open_label(queue="99")
    assert board(app)["queue"] == other.queue_id
    assert app.main.error[0].value.startswith("There is no queue 99: expected one of the list")


def test_a_link_to_a_deleted_queue_says_so_and_offers_it_back(
    open_label: OpenApp, store: LabelStore, queue: Queue
) -> None:
    delete_queue(store, queue.queue_id or 0)
    app = open_label(queue=str(queue.queue_id))
    assert "Make the first one" in app.info[0].value
    (line,) = app.main.error
    assert line.value.startswith(f"'{queue.name}' was deleted")
    app.button(key="label_queue_restore").click().run()
    assert board(app)["queue"] == queue.queue_id
    assert not app.main.error
    delete_queue(store, queue.queue_id or 0)  # by somebody else
    save_queue(store, queue)
    app.run()
    assert board(app)["queue"] != queue.queue_id
    assert app.main.error[0].value.startswith(f"'{queue.name}' was deleted")


# --- decisions


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


# --- what others say


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
    table = app.main.dataframe[0].value
    assert table[["Who", "Decision", "Labels"]].values.tolist() == [["ben", "Relabel", "Knock"]]
    app.toggle(key="label_blind").set_value(True).run()
    assert board(app)["infos"]["0"]["labels"] == board(app)["infos"]["0"]["source"] != "Knock"
    assert not app.main.dataframe
    assert "Nothing decided yet" in captions(app)


def test_a_row_of_accepted_clips_ends_a_queue_that_begins_with_the_worst(
    open_label: OpenApp, store: LabelStore, catalogue: pd.DataFrame
) -> None:
    from dataclasses import replace

    queue = save_queue(store, replace(build_queue("random", catalogue, limit=13), kind="silence"))
    for at, clip_id in enumerate(queue.clips["clip_id"].iloc[:12]):
        store.add(Decision(clip_id, "ada", "accept", "Bark", queue=queue.name, token=str(at)))
    app = open_label()
    assert "12 in a row accepted: probably clean from here" in app.main.get("progress")[0].proto.text
    store.add(Decision(queue.clips["clip_id"].iloc[12], "ada", "remove", queue=queue.name))
    app.run()
    assert "probably clean" not in app.main.get("progress")[0].proto.text
    assert "All 13 clips of this queue are decided, 1 of them changed" in app.success[0].value


def open_part(app: AppTest, title: str) -> None:
    app.session_state[f"label_{title}"] = True
    app.run()
    assert not app.exception


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


def test_a_label_database_that_cannot_be_opened_is_one_line(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", "mysql://somewhere/labels")
    app = remember(open_app("label"), "ada")
    (error,) = app.error
    assert "mysql" in error.value
    assert "FSAT_DATABASE_URL" in error.value


# --- clips from other pages


def send(app: AppTest, kind: str) -> AppTest:
    """Press the button that sends clips, and go where it leads."""
    app.button(key=f"label_these_{kind}").click().run()
    assert not app.exception
    assert app.title[0].value == "Label"
    return remember(app.switch_page("pages/label.py"), "ada")


def test_the_clips_of_a_filter_become_a_queue_in_their_order(open_app: OpenApp, store: LabelStore) -> None:
    app = open_app("clips", show="all", order="shortest", label="Bark")
    files, total = table(app)["File"].tolist(), shown_list(app)["total"]
    app = send(app, "filter")
    (queue_id,) = list_queues(store)["queue_id"]
    queue = load_queue(store, int(queue_id))
    assert queue.kind == "filter"
    names = queue.clips["clip_id"].str.partition("/")[2].tolist()
    assert names[: len(files)] == files
    assert len(names) == total
    assert board(app)["queue"] == queue.queue_id


def test_a_clip_that_cannot_be_read_can_be_removed(open_app: OpenApp, store: LabelStore) -> None:
    app = send(open_app("clips", show="unreadable"), "filter")
    data = board(app)
    assert data["infos"]["0"]["error"]
    assert data["clips"] == {}
    assert post(app, op(data, 0, "remove"))["marks"] == "x"


def test_predict_sends_the_clips_that_are_of_the_set(
    open_app: OpenApp, settings: Settings, finished_runs: dict[str, Run]
) -> None:
    run = finished_runs["mfcc_dummy"]
    shutil.copytree(run.path, settings.runs_dir / run.run_id)
    known = settings.data_dir / "train_curated" / "bark_1.wav"
    app = open_app("predict")
    app.file_uploader(key="predict_files").upload("bark_0.wav", known.read_bytes()).run()  # another's name
    assert not app.exception
    assert "Send to labelling" not in [button.label for button in app.button]
    app.file_uploader(key="predict_files").upload("bark_1.wav", known.read_bytes()).run()
    app = send(app, "sent")
    assert board(app)["infos"]["0"]["clip_id"] == "curated/bark_1.wav"
    assert len(board(app)["marks"]) == 1


def test_a_queue_is_renamed_deleted_and_brought_back(
    open_label: Callable[..., AppTest], store: LabelStore, queue: Queue
) -> None:
    app = open_label(queue=str(queue.queue_id))
    app.text_input(key=f"label_queue_title_{queue.queue_id}").set_value("Twenty of them")
    next(button for button in app.button if button.label == "Rename").click().run()
    assert not app.exception
    titles = list_queues(store).set_index("queue_id")["title"]
    assert titles[queue.queue_id] == "Twenty of them"
    assert "Twenty of them" in app.selectbox(key="label_queue").options
    app.button(key="label_queue_delete").click().run()
    assert queue.queue_id not in list_queues(store)["queue_id"].tolist()
    assert not app.exception
    app.button(key="label_queue_restore").click().run()
    assert app.selectbox(key="label_queue").value == queue.queue_id
    assert "label_queue_restore" not in [button.key for button in app.button]


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


def test_what_was_decided_can_be_decided_again(
    open_label: Callable[..., AppTest], store: LabelStore, catalogue: pd.DataFrame
) -> None:
    clip_id = catalogue.loc[catalogue["error"] == "", "clip_id"].iloc[0]
    store.add(Decision(clip_id, "zoe", "remove"))
    app = open_label()
    app.button(key="label_new").click().run()
    app.selectbox(key="label_form_kind").set_value("decided").run()
    app.multiselect(key="label_form_status").set_value(["removed"]).run()
    app.selectbox(key="label_form_by").set_value("zoe").run()
    app.button(key="label_form_make").click().run()
    assert not app.exception
    queue_id = app.selectbox(key="label_queue").value
    assert isinstance(queue_id, int)
    made = load_queue(store, queue_id)
    assert made.name == "Decided before: removed by zoe"
    assert made.clips["clip_id"].tolist() == [clip_id]


def test_clips_are_labelled_under_what_was_chosen(open_app: OpenApp, store: LabelStore) -> None:
    app = open_app("clips", label="Bark", split="noisy")
    app.button(key="label_these_filter").click().run()
    assert not app.exception
    assert list_queues(store)["name"].iloc[0].startswith("Bark, noisy (")
