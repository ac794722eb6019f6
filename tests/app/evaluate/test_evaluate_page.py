"""Evaluate as a whole: which run is in view, its scores and how far to trust them, and damaged runs."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.dataset.layouts import DEMO_MARKER
from fsat_core.errors import RunError
from fsat_core.evaluation import WARNING_CURATED, load_oof, score
from fsat_core.runs import Run

OpenApp = Callable[..., AppTest]
Metrics = Callable[[AppTest], dict[str, tuple[str, str]]]
Texts = Callable[[AppTest], str]
WriteState = Callable[[Run, str], None]


def test_without_a_finished_run_it_leads_to_train(
    open_app: OpenApp, new_run: Callable[..., Run], write_state: WriteState
) -> None:
    app = open_app("evaluate")
    assert not app.exception
    assert "No finished run yet" in app.info[0].value
    assert [link.value for link in app.main.page_link] == ["Train a network"]
    assert not app.main.metric
    write_state(new_run(), "training")
    st.cache_resource.clear()
    app.run()
    assert "A run trains now" in app.info[0].value


def test_scores_are_those_of_the_run(open_app: OpenApp, run: Run, metrics: Metrics, texts: Texts) -> None:
    app = open_app("evaluate")
    assert not app.exception
    assert not app.error
    expected = score(load_oof(run))
    assert metrics(app) == {
        "lwlrap, out of fold": (f"{expected.lwlrap:.3f}", ""),
        "Accuracy, out of fold": (f"{expected.accuracy:.1%}", ""),
    }
    assert f"**{expected.num_clips} clips**, each judged" in texts(app)


def test_the_warning_about_curated_clips_is_for_the_set_that_it_is_about(
    open_app: OpenApp, run: Run, texts: Texts, of_fsdkaggle2019: Callable[[Run], None]
) -> None:
    assert WARNING_CURATED not in texts(open_app("evaluate")), "three of the 80 classes are a handful"
    of_fsdkaggle2019(run)
    st.cache_resource.clear()
    assert WARNING_CURATED in texts(open_app("evaluate"))
    (run.data_dir / DEMO_MARKER).touch()
    st.cache_resource.clear()
    app = open_app("evaluate")
    assert app.main.metric
    assert WARNING_CURATED not in texts(app)


def test_a_run_on_both_splits_says_that_noisy_clips_do_not_judge_it(
    open_app: OpenApp, run: Run, texts: Texts
) -> None:
    config = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps(config | {"splits": ["curated", "noisy"]}))
    app = open_app("evaluate")
    assert not app.exception
    assert "12 clips**, noisy ones left out, each judged" in texts(app)


def test_only_the_open_tab_is_worked_out(
    open_app: OpenApp, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise AssertionError("a closed tab was drawn")

    for name in ("show_classes", "show_calibration", "show_worst_clips"):
        monkeypatch.setattr(f"ui.evaluate.diagnosis.{name}", fail)
    for name in ("changes.show_changes", "learning.show_learning", "ensembles.show_ensemble"):
        monkeypatch.setattr(f"ui.evaluate.{name}", fail)
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    assert [tab.label for tab in app.main.tabs] == [
        "Classes",
        "Changes",
        "Confusion",
        "Calibration",
        "Learning curves",
        "Worst clips",
        "Ensemble",
    ]
    assert app.get("plotly_chart")


def test_newest_finished_run_is_shown_and_the_url_chooses_another(
    open_app: OpenApp,
    run: Run,
    other: Run,
    new_run: Callable[..., Run],
    metrics: Metrics,
    write_state: WriteState,
) -> None:
    write_state(new_run(), "training")
    app = open_app("evaluate")
    assert not app.exception
    assert app.selectbox(key="evaluate").value == run.run_id
    assert app.selectbox(key="evaluate").options == [run.run_id, other.run_id]
    app = open_app("evaluate", evaluate=other.run_id)
    assert app.selectbox(key="evaluate").value == other.run_id
    assert f"{score(load_oof(other)).lwlrap:.3f}" == metrics(app)["lwlrap, out of fold"][0]
    app.selectbox(key="evaluate").set_value(run.run_id).run()
    assert not app.exception
    assert metrics(app)["lwlrap, out of fold"][0] == f"{score(load_oof(run)).lwlrap:.3f}"
    assert app.query_params["evaluate"] == run.run_id, "it says which run, also when that is the newest"


def test_run_that_is_unknown_or_unfinished_is_one_line(
    open_app: OpenApp, run: Run, new_run: Callable[..., Run], write_state: WriteState
) -> None:
    app = open_app("evaluate", evaluate="20200101-000000-mfcc_cnn-0000")
    assert not app.exception
    assert "No run '20200101-000000-mfcc_cnn-0000'" in app.error[0].value
    unfinished = new_run()
    write_state(unfinished, "training")
    app = open_app("evaluate", evaluate=unfinished.run_id)
    assert not app.exception
    assert [error.value for error in app.error] == [
        f"Run '{unfinished.run_id}' (training) has not finished: expected a finished run. Choose another one."
    ]
    assert app.selectbox(key="evaluate").value == run.run_id


def test_a_run_is_not_compared_with_itself(open_app: OpenApp, run: Run, other: Run, metrics: Metrics) -> None:
    app = open_app("evaluate", evaluate=run.run_id, compare=other.run_id)
    app.selectbox(key="evaluate").set_value(other.run_id).run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="compare").value is None
    assert app.selectbox(key="compare").options == [run.run_id]
    app = open_app("evaluate", evaluate=other.run_id, compare=other.run_id)
    assert not app.exception
    assert not app.error
    assert metrics(app)["lwlrap, out of fold"][1] == ""


def test_run_that_cannot_be_read_at_all_is_one_line_where_it_is_asked_for(
    open_app: OpenApp, run: Run, other: Run, metrics: Metrics
) -> None:
    (run.path / "classes.json").write_text("{ torn")
    app = open_app("evaluate", evaluate=run.run_id)
    assert not app.exception
    (error,) = app.error
    assert "is damaged: classes.json cannot be read (it is not JSON)" in error.value
    assert metrics(app), "the other run is shown"
    assert not open_app("evaluate").error


@pytest.mark.parametrize(("name", "content"), [("oof.parquet", None), ("oof.parquet", "torn")])
def test_damaged_run_is_one_line_and_the_other_stays_usable(
    open_app: OpenApp, run: Run, other: Run, name: str, content: str | None, metrics: Metrics
) -> None:
    (run.path / name).unlink()
    if content is not None:
        (run.path / name).write_text(content)
    app = open_app("evaluate")
    assert not app.exception
    assert len(app.error) == 1
    assert name in app.error[0].value
    assert "\n" not in app.error[0].value
    assert not app.main.metric
    app = open_app("evaluate", evaluate=other.run_id, compare=run.run_id)
    assert not app.exception
    assert len(app.error) == 1
    assert metrics(app)["lwlrap, out of fold"][1] == ""


def test_run_that_is_mended_is_read_again(
    open_app: OpenApp, run: Run, metrics: Metrics, answer: Callable[[Run, np.ndarray], None]
) -> None:
    sound = (run.path / "oof.parquet").read_bytes()
    app = open_app("evaluate")
    answer(run, load_oof(run).truth)
    app.run()
    assert metrics(app)["lwlrap, out of fold"][0] == "1.000"
    (run.path / "oof.parquet").write_bytes(sound)
    app.run()
    assert metrics(app)["lwlrap, out of fold"][0] == f"{score(load_oof(run)).lwlrap:.3f}" != "1.000"


def test_a_run_without_its_data_set_is_still_judged(
    open_app: OpenApp, run: Run, move_run: Callable[[Run, Path], None]
) -> None:
    move_run(run, Path("/no/such/set"))
    app = open_app("evaluate")
    assert not app.exception
    assert not app.error
    assert app.main.metric


def test_a_run_that_goes_away_while_it_is_looked_at_is_one_line(
    open_app: OpenApp, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RunError("It has been deleted.")

    monkeypatch.setattr("ui.evaluate.diagnosis.show_classes", fail)
    app = open_app("evaluate", view="Classes")
    assert not app.exception
    assert [error.value for error in app.error] == ["It has been deleted."]
