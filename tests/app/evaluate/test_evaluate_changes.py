"""One run against another on Evaluate: what changed overall and for each class and clip, by whose labels."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.evaluation import changed_clips, compare, load_oof, pair_up, per_class, score
from fsat_core.runs import Run

OpenApp = Callable[..., AppTest]
Chart = Callable[..., dict[str, Any]]
Metrics = Callable[[AppTest], dict[str, tuple[str, str]]]
Texts = Callable[[AppTest], str]


def test_without_a_second_run_it_asks_for_one(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Changes")
    assert not app.exception
    assert "Choose a second run" in app.main.info[0].value


def test_second_run_gives_the_change_overall_and_per_class(
    open_app: OpenApp, run: Run, other: Run, metrics: Metrics, texts: Texts, chart: Chart
) -> None:
    app = open_app("evaluate", view="Changes")
    app.selectbox(key="compare").set_value(other.run_id).run()
    assert not app.exception
    assert not app.error
    mine, others = load_oof(run), load_oof(other)
    change = score(mine).lwlrap - score(others).lwlrap
    assert metrics(app)["lwlrap, out of fold"] == (f"{score(mine).lwlrap:.3f}", f"{change:+.3f}")
    assert "12 clips** of both." in texts(app)
    by_class = pd.DataFrame({"other": per_class(others)["lwlrap"], "run": per_class(mine)["lwlrap"]}).dropna()
    expected = (by_class["run"] - by_class["other"]).tolist()
    drawn = [*chart(app, 0)["x"], *chart(app, 1)["x"]]
    np.testing.assert_allclose(sorted(drawn), sorted(expected), atol=1e-9)
    assert [chart(app, trace)["name"] for trace in (0, 1)] == ["Better", "Worse"]
    assert all(value >= 0 for value in chart(app, 0)["x"])
    table = app.main.dataframe[0].value
    np.testing.assert_allclose(table["Change"], sorted(expected, reverse=True), atol=1e-9)
    np.testing.assert_allclose(table["This run"] - table["Other run"], table["Change"])
    assert app.query_params["compare"] == other.run_id


def test_clips_that_became_right_and_wrong_are_listed_and_played(
    open_app: OpenApp, run: Run, other: Run
) -> None:
    app = open_app("evaluate", view="Changes", compare=other.run_id)
    assert not app.exception
    clips = changed_clips(pair_up(baseline=load_oof(other), candidate=load_oof(run)))
    kinds = clips["kind"].value_counts()
    control = app.segmented_control(key="evaluate_changed-False")
    assert control.options == [
        f"Wrong to right: {kinds.get('mended', 0)}",
        f"Right to wrong: {kinds.get('broken', 0)}",
    ]
    control.set_value("broken").run()
    assert not app.exception
    expected = clips[clips["kind"] == "broken"]
    assert len(expected), "without one, this test is in vain"
    table = app.main.dataframe[1].value
    assert ("curated/" + table["File"]).tolist() == expected["clip_id"].tolist()
    assert table["Other run hears"].tolist() == expected["baseline_predicted"].tolist()
    assert app.main.header[-1].value == table["File"].iloc[0]
    assert len(app.get("audio")) == 1


def test_where_no_clip_changed_it_says_so(
    open_app: OpenApp, run: Run, other: Run, answer: Callable[[Run, np.ndarray], None]
) -> None:
    answer(other, load_oof(run).probabilities)
    app = open_app("evaluate", view="Changes", compare=other.run_id)
    assert not app.exception
    assert "No clip went from wrong to right" in app.main.info[0].value


def test_runs_trained_on_other_labels_are_judged_by_the_same(
    open_app: OpenApp,
    run: Run,
    other: Run,
    relabel: Callable[[Run, str, str], str],
    metrics: Metrics,
    texts: Texts,
) -> None:
    tables = load_oof(run)
    clip_id = relabel(run, "Bark", "Knock")
    app = open_app("evaluate", view="Changes", compare=other.run_id)
    assert not app.exception
    assert "**1** of them has other labels in what the other run was trained on" in texts(app)
    assert "It was trained on other labels of 1 of these" in texts(app)
    pair = pair_up(baseline=load_oof(other), candidate=tables)
    mine, others = score(pair.candidate), score(pair.baseline)
    assert metrics(app)["lwlrap, out of fold"] == (
        f"{mine.lwlrap:.3f}",
        f"{mine.lwlrap - others.lwlrap:+.3f}",
    )
    expected = compare(pair).dropna(subset="change").sort_values("change", ascending=False)
    np.testing.assert_allclose(app.main.dataframe[0].value["Change"], expected["change"], atol=1e-9)
    app.segmented_control(key="evaluate_changed-True").set_value("relabelled").run()
    assert not app.exception
    table = app.main.dataframe[1].value
    assert ("curated/" + table["File"]).tolist() == [clip_id]
    assert table[["Labels", "Other run's labels"]].to_numpy().tolist() == [["Knock", "Bark"]]


def rename_class(run: Run, old: str, new: str) -> None:
    labels = run.labels()
    labels["labels"] = labels["labels"].str.replace(old, new)
    labels.to_csv(run.path / "labels.csv", index=False)
    classes = [new if name == old else name for name in run.classes]
    (run.path / "classes.json").write_text(json.dumps(classes))
    for name in ("oof.parquet", "test.parquet"):
        pd.read_parquet(run.path / name).rename(columns={old: new}).to_parquet(run.path / name, index=False)


def test_classes_that_only_one_run_knows_are_said(
    open_app: OpenApp, run: Run, other: Run, texts: Texts
) -> None:
    rename_class(other, "Meow", "Siren")
    app = open_app("evaluate", view="Changes", compare=other.run_id)
    assert not app.exception
    assert "Not compared: only this run knows Meow; only the other run knows Siren." in texts(app)
    assert set(app.main.dataframe[0].value["Class"]) == {"Bark", "Knock"}
    app = open_app("evaluate", view="Ensemble", compare=other.run_id)
    assert not app.exception
    assert not app.error
    assert "A class that a run does not know is decided by the others" in texts(app)


def test_runs_without_a_common_clip_are_said(open_app: OpenApp, run: Run, other: Run) -> None:
    for name in ("oof.parquet", "labels.csv"):
        table = pd.read_parquet(other.path / name) if name.endswith("parquet") else other.labels()
        table["clip_id"] = table["clip_id"].str.replace("curated/", "curated/x")
        if name.endswith("parquet"):
            table.to_parquet(other.path / name, index=False)
        else:
            table.to_csv(other.path / name, index=False)
    app = open_app("evaluate", view="Changes", compare=other.run_id)
    assert not app.exception
    assert not app.error
    assert "no clip in common" in app.main.info[0].value


@pytest.mark.parametrize("which", ["run", "other"])
def test_runs_of_two_tasks_are_compared(
    open_app: OpenApp, run: Run, other: Run, which: str, make_multi: Callable[[Run], None]
) -> None:
    make_multi({"run": run, "other": other}[which])
    app = open_app("evaluate", view="Changes", compare=other.run_id)
    assert not app.exception
    assert not app.error
    assert len(app.main.dataframe) >= 1
