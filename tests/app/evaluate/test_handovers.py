"""From a run to the labels of its mistakes, to a label set, to the next run, to what has changed."""

import json
from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.evaluation import load_oof, worst_clips
from fsat_core.labels import (
    LabelStore,
    LatestRule,
    create_label_set,
    list_queues,
    load_queue,
    resolve,
)
from fsat_core.labels.queues.queue import Queue
from fsat_core.runs import Run, list_runs
from fsat_core.settings import Settings

OpenApp = Callable[..., AppTest]


def sent(app: AppTest, settings: Settings) -> Queue:
    """Press *Label these*: the queue that comes of it."""
    button = app.button(key="label_these_judged")
    assert button.proto.type == "primary"
    button.click().run()
    assert not app.exception
    assert app.title[0].value == "Label"
    with LabelStore.open(settings.database_url) as store:
        return load_queue(store, int(list_queues(store)["queue_id"].iloc[0]))


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"view": "Worst clips"}, lambda row: True),
        ({"view": "Worst clips", "label": "Knock"}, lambda row: row.labels == "Knock"),
        ({"view": "Classes", "label": "Bark"}, lambda row: row.labels == "Bark"),
        (
            {"view": "Confusion", "true": "Bark", "heard": "Bark"},
            lambda row: (row.labels, row.predicted) == ("Bark", "Bark"),
        ),
    ],
    ids=["worst", "worst of a class", "class", "cell"],
)
def test_mistakes_are_sent_to_be_labelled_most_wrong_first(
    open_app: OpenApp,
    settings: Settings,
    run: Run,
    other: Run,
    query: dict[str, str],
    kept: Callable[..., bool],
) -> None:
    queue = sent(open_app("evaluate", evaluate=other.run_id, **query), settings)
    predictions = load_oof(other)
    worst = worst_clips(predictions, len(predictions.clip_ids))
    expected = [row.clip_id for row in worst.itertuples() if kept(row)]
    assert queue.clips["clip_id"].tolist() == expected
    assert expected
    assert (queue.kind, queue.run_id) == ("judged", other.run_id)


def test_a_class_that_has_changed_leads_to_its_page_and_to_labelling(
    open_app: OpenApp, settings: Settings, run: Run, other: Run
) -> None:
    app = open_app("evaluate", evaluate=other.run_id, compare=run.run_id, view="Changes", label="Bark")
    assert "All about this class" in [link.value for link in app.main.page_link]
    clips = sent(app, settings).clips["clip_id"]
    labels = other.labels().set_index("clip_id")["labels"]
    assert set(clips) == set(labels.index[labels == "Bark"])


def test_clips_of_another_data_set_are_not_sent(
    open_app: OpenApp, run: Run, settings: Settings, move_run: Callable[..., None]
) -> None:
    move_run(run, settings.cache_dir)
    app = open_app("evaluate", view="Worst clips")
    assert "Label these" not in [button.label for button in app.button]


def test_a_class_row_leads_to_its_page(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Classes")
    assert "All about this class" not in [link.value for link in app.main.page_link]
    app = open_app("evaluate", view="Classes", label="Bark")
    (link,) = [link for link in app.main.page_link if link.value == "All about this class"]
    assert "label=Bark" in str(link.proto)


def test_an_address_with_a_label_set_opens_the_form_on_it(
    open_app: OpenApp, settings: Settings, launched: list[str]
) -> None:
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        for name in ("first", "second pass"):
            resolved = resolve(store.decisions(), catalogue, LatestRule())
            labels = resolved.assign(labels="Bark") if name == "first" else resolved
            create_label_set(store, name, labels, rule=LatestRule())
    app = open_app("train", label_set="second pass")
    assert not app.exception
    assert app.selectbox(key="train_label_set").value == "second pass"
    assert app.session_state["train_open"]
    next(button for button in app.button if button.label == "Start training").click().run()
    assert not app.exception
    assert "label_set" not in app.query_params
    (run,) = list_runs(settings.runs_dir)
    assert run.config.label_set == "second pass"


def test_a_label_set_that_is_not_there_is_said(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train", label_set="third")
    assert any("There is no label set 'third'" in error.value for error in app.error)


def test_a_copy_is_compared_with_its_original(open_app: OpenApp, run: Run, other: Run) -> None:
    app = open_app("evaluate", evaluate=run.run_id)
    button = app.button(key="evaluate_baseline")
    assert (button.label, button.proto.type) == ("Compare with the run before", "secondary")
    record = json.loads((run.path / "dataset.json").read_text())
    (run.path / "dataset.json").write_text(json.dumps(record | {"copied_from": other.run_id}))
    st.cache_resource.clear()  # the app holds runs for two seconds, with what it has read of them
    app = open_app("evaluate", evaluate=run.run_id)
    button = app.button(key="evaluate_baseline")
    assert (button.label, button.proto.type) == ("Compare with the run it was copied from", "primary")
    button.click().run()
    assert not app.exception
    assert app.selectbox(key="compare").value == other.run_id
    assert "evaluate_changes" in [chart.key for chart in app.get("plotly_chart")]
    assert "evaluate_baseline" not in [button.key for button in app.button]


def test_train_offers_the_comparison_that_a_run_was_made_for(open_app: OpenApp, run: Run, other: Run) -> None:
    def types(app: AppTest) -> dict[str, str]:
        names = ("evaluate", "compare")
        return {name: app.button(key=f"{name}-{run.run_id}").proto.type for name in names}

    assert types(open_app("train", run=run.run_id)) == {"evaluate": "primary", "compare": "secondary"}
    record = json.loads((run.path / "dataset.json").read_text())
    (run.path / "dataset.json").write_text(json.dumps(record | {"copied_from": other.run_id}))
    st.cache_resource.clear()  # the app holds runs for two seconds, with what it has read of them
    app = open_app("train", run=run.run_id)
    assert types(app) == {"evaluate": "secondary", "compare": "primary"}
    app.button(key=f"compare-{run.run_id}").click().run()
    assert not app.exception
    assert app.title[0].value == "Evaluate"
    assert app.query_params["compare"] == other.run_id


def test_a_link_wins_over_the_runs_of_an_earlier_visit(open_app: OpenApp, run: Run, other: Run) -> None:
    app = open_app("evaluate", evaluate=run.run_id)
    app.query_params["evaluate"], app.query_params["compare"] = other.run_id, run.run_id
    app.run()
    assert not app.exception
    assert app.selectbox(key="evaluate").value == other.run_id
    assert app.selectbox(key="compare").value == run.run_id
