"""Queues on Label without a browser: made, sent, renamed, deleted and opened by their address."""

import shutil
from collections.abc import Callable

import pandas as pd
from streamlit.testing.v1 import AppTest

from fsat_core.labels import (
    Decision,
    LabelStore,
    Queue,
    build_queue,
    delete_queue,
    list_queues,
    load_queue,
    save_queue,
)
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.clip_list import shown_list, table
from tests.helpers.label_page import board, captions, op, post, send

OpenApp = Callable[..., AppTest]


def test_an_empty_page_invites_to_make_a_queue(open_label: OpenApp, store: LabelStore) -> None:
    app = open_label()
    assert "Make the first one" in app.info[0].value
    app.button(key="label_new").click().run()
    assert app.selectbox(key="label_form_kind").value == "abnormal_length"  # there is no run
    app.selectbox(key="label_form_kind").select("cold_start").run()
    assert "label_form_label" not in {box.key for box in app.selectbox}  # of clips that have none
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


def test_a_queue_without_clips_says_so(
    open_label: OpenApp, store: LabelStore, catalogue: pd.DataFrame
) -> None:
    save_queue(store, build_queue("disputes", catalogue, decisions=store.decisions()))
    app = open_label()
    assert not app.exception
    assert "This queue has no clips" in app.main.info[0].value


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
