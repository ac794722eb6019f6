"""One truth for labels: the switch that pages follow, and filters by what was decided."""

import json
from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.evaluation import load_oof, score
from fsat_core.evaluation.label_quality import relabel
from fsat_core.labels import Decision, LabelStore, LatestRule, create_label_set, resolve
from fsat_core.labels.truth import load_truth
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.clip_list import table

OpenApp = Callable[..., AppTest]
SWITCH, NAME = "truth_choice", "label_name_memory"
MOVED, GONE, FIRM = "curated/bark_0.wav", "curated/bark_1.wav", "curated/bark_2.wav"


@pytest.fixture
def store(open_app: OpenApp, settings: Settings) -> Iterator[LabelStore]:
    """Ann took a Bark for a Meow, Bo removed another, and accepted a third."""
    st.cache_resource.clear()
    with LabelStore.open(settings.database_url) as opened:
        opened.add(Decision(MOVED, "ann", "relabel", "Meow"))
        opened.add(Decision(GONE, "bo", "remove"))
        opened.add(Decision(FIRM, "bo", "accept", "Bark"))
        yield opened
    st.cache_resource.clear()


@pytest.fixture
def second_pass(store: LabelStore, settings: Settings) -> None:
    """A label set of everybody's latest decisions, and a decision after it."""
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    create_label_set(
        store, "second pass", resolve(store.decisions(), catalogue, LatestRule()), rule=LatestRule()
    )
    store.add(Decision("curated/meow_0.wav", "bo", "relabel", "Bark"))


def choose(app: AppTest, truth: str) -> AppTest:
    app.selectbox(key=SWITCH).set_value(truth).run()
    assert not app.exception
    return app


def examples(app: AppTest) -> int:
    assert not app.exception
    return int(next(metric.value for metric in app.metric if metric.label == "Examples"))


def asked(app: AppTest, name: str) -> list[str]:
    """What the address says, which AppTest has as a text or as a list."""
    value = app.query_params[name]
    return [value] if isinstance(value, str) else value


def labels(app: AppTest) -> dict[str, str]:
    rows = table(app)
    return dict(zip(rows["Split"].str.lower() + "/" + rows["File"], rows["Labels"], strict=True))


def statuses(app: AppTest) -> dict[str, str]:
    rows = table(app)
    return dict(zip(rows["Split"].str.lower() + "/" + rows["File"], rows["Status"], strict=True))


@pytest.mark.usefixtures("store")
def test_explore_counts_by_the_truth(open_app: OpenApp) -> None:
    app = open_app()
    assert examples(app) == 22
    choose(app, "everybody")
    assert examples(app) == 21, "a removed clip is not counted"
    assert asked(app, "truth") == ["everybody"]
    assert "2 clips have other labels than in the tables." in [line.value for line in app.sidebar.caption]
    choose(app, "tables")
    assert examples(app) == 22
    assert "truth" not in app.query_params


@pytest.mark.usefixtures("store")
def test_clips_lists_labels_by_the_truth_of_its_address(open_app: OpenApp) -> None:
    app = open_app("clips", show="all", truth="everybody")
    assert (labels(app)[MOVED], labels(app)[GONE]) == ("Meow", "")
    assert asked(app, "truth") == ["everybody"]
    assert sorted(labels(open_app("clips", label="Bark"))) != sorted(
        labels(open_app("clips", label="Bark", truth="everybody"))
    )


@pytest.mark.usefixtures("store")
def test_the_truth_stays_from_page_to_page_and_with_filters(open_app: OpenApp) -> None:
    app = choose(open_app(), "agreement")
    app.switch_page("pages/clips.py").run()
    assert app.selectbox(key=SWITCH).value == "agreement"
    app.segmented_control(key="clips_show").set_value("all").run()
    assert asked(app, "truth") == ["agreement"]
    app.switch_page("pages/train.py").run()
    assert SWITCH not in [box.key for box in app.selectbox]
    app.switch_page("pages/explore.py").run()
    assert app.selectbox(key=SWITCH).value == "agreement"


@pytest.mark.usefixtures("store")
def test_my_decisions_are_those_of_the_browsers_name(open_app: OpenApp) -> None:
    app = choose(open_app("clips", show="all"), "mine")
    assert labels(app)[MOVED] == "Bark", "nobody is known yet"
    app.session_state[NAME] = {"kept": {"asked": True, "name": "ann"}}
    app.run()
    assert (labels(app)[MOVED], labels(app)[GONE]) == ("Meow", "Bark")
    assert statuses(app)[GONE] == ""


@pytest.mark.usefixtures("second_pass")
def test_a_label_set_is_a_truth(open_app: OpenApp) -> None:
    app = open_app("clips", show="all", truth="set:second pass")
    assert (labels(app)[MOVED], labels(app)[GONE]) == ("Meow", "")
    assert labels(app)["curated/meow_0.wav"] == "Meow"
    assert labels(choose(app, "everybody"))["curated/meow_0.wav"] == "Bark"


@pytest.mark.usefixtures("store")
def test_pages_that_go_by_no_truth_leave_it(open_app: OpenApp) -> None:
    app = choose(open_app("clips", show="all"), "everybody")
    app.switch_page("pages/train.py").run()
    app.switch_page("pages/clips.py").run()
    assert app.selectbox(key=SWITCH).value == "everybody"


@pytest.mark.usefixtures("store")
def test_a_click_on_the_pages_own_name_leaves_the_truth_and_back_leads_to_the_earlier_one(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = choose(open_app("clips", show="all"), "everybody")
    app.query_params.clear()  # as the navigation does
    app.run()
    assert app.selectbox(key=SWITCH).value == "everybody"
    assert asked(app, "truth") == ["everybody"]
    app.query_params.clear()
    monkeypatch.setattr("ui.shared.truth.went_back", lambda: True)
    app.run()
    assert app.selectbox(key=SWITCH).value == "tables"


@pytest.mark.usefixtures("store")
def test_a_truth_that_is_none_is_the_tables_and_a_line(open_app: OpenApp) -> None:
    app = open_app("clips", show="all", truth="set:none")
    assert app.selectbox(key=SWITCH).value == "tables"
    assert labels(app)[MOVED] == "Bark"
    app.run()  # its address does not say it any more
    (line,) = app.sidebar.error
    assert "expected one of the list above" in line.value
    assert not choose(app, "everybody").sidebar.error


def test_what_was_decided_is_in_the_list_and_filters_it(open_app: OpenApp, store: LabelStore) -> None:
    app = open_app("clips", show="all")
    assert statuses(app)[MOVED] == "Relabelled by ann"
    assert statuses(app)[GONE] == "Removed by bo"
    assert statuses(app)["curated/meow_0.wav"] == ""
    assert set(statuses(open_app("clips", status=["relabelled", "removed"]))) == {MOVED, GONE}
    assert set(statuses(open_app("clips", by="bo"))) == {GONE, FIRM}
    assert set(statuses(open_app("clips", since="2020-01-01"))) == {MOVED, GONE, FIRM}
    assert open_app("clips", since="2999-01-01").info[0].value.startswith("No clip is left")
    store.add(Decision(MOVED, "bo", "accept", "Bark"))
    assert statuses(open_app("clips", status="disputed")) == {MOVED: "Disputed: ann, bo"}
    assert statuses(open_app("clips", status="accepted", by="bo"))[MOVED] == "Accepted by bo"
    app = open_app("clips")
    app.multiselect(key="clips_status").set_value(["undecided"]).run()
    assert asked(app, "status") == ["undecided"]


def test_a_database_that_cannot_be_opened_leaves_the_tables(
    open_app: OpenApp, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", "mysql://nowhere/labels")
    st.cache_resource.clear()
    assert not open_app().sidebar.error
    app = open_app(truth="everybody")
    assert examples(app) == 22
    assert len(app.sidebar.error) == 1
    assert len(table(open_app("clips", show="all"))) == 22


def test_evaluate_scores_by_the_truth(
    open_app: OpenApp, store: LabelStore, finished: Run, settings: Settings
) -> None:
    facts = json.loads((finished.path / "dataset.json").read_text())
    (finished.path / "dataset.json").write_text(json.dumps(facts | {"data_dir": str(settings.data_dir)}))
    catalogue = hold_catalogue(scan(open_dataset(settings.data_dir), settings.cache_dir))
    labels = load_truth(store, "everybody", catalogue).table
    scores = {
        "tables": score(load_oof(finished)),
        "everybody": score(relabel(load_oof(finished), labels, fill=0.0)),
    }
    assert scores["everybody"].num_clips == scores["tables"].num_clips - 1
    app = open_app("evaluate")
    for truth, expected in scores.items():
        choose(app, truth)
        assert app.metric[0].value == f"{expected.lwlrap:.3f}"
        assert any(f"**{expected.num_clips} clips**" in line.value for line in app.main.caption)
    assert any("It was trained on other labels of 1 of these." in line.value for line in app.main.caption)
