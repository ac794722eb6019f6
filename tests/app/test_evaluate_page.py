"""Evaluate: scores of finished runs, their comparison, ensembles, test labels, and runs that are damaged."""

import base64
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset
from fsat_core.ensemble.stacking import METHODS, Method, combine_runs
from fsat_core.ensemble.submission import SubmissionReport
from fsat_core.errors import RunError
from fsat_core.evaluation import WARNING_CURATED, Predictions, load_oof, per_class, score, worst_clips
from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings
from ui import ensembles

OpenApp = Callable[..., AppTest]
TRUTH = "fname,labels,usage\n" + "\n".join(
    f"test_{name.lower()}.wav,{name},{usage}"
    for name, usage in (("Bark", "Public"), ("Knock", "Private"), ("Meow", "Private"), ("Siren", "Private"))
)


@pytest.fixture
def run(finished_runs: dict[str, Run], settings: Settings) -> Run:
    """A finished run in the runs folder of the app, of the data set in use; may be changed."""
    return put_run(finished_runs["mfcc_dummy"], settings)


@pytest.fixture
def other(finished_runs: dict[str, Run], settings: Settings, run: Run) -> Run:
    """A second finished run on the same clips, older by name than `run`; its answers are others."""
    other = put_run(finished_runs["wave_dummy"], settings, "20200101-000000-wave_dummy-0000")
    truth = load_oof(other).truth
    values = np.random.default_rng(3).uniform(size=truth.shape) + 0.5 * truth
    table = pd.read_parquet(other.path / "oof.parquet")
    table[other.classes] = values / values.sum(axis=1, keepdims=True)
    table.to_parquet(other.path / "oof.parquet", index=False)
    return other


def put_run(source: Run, settings: Settings, name: str = "") -> Run:
    run = Run(Path(shutil.copytree(source.path, settings.runs_dir / (name or source.run_id))))
    move_run(run, settings.data_dir)
    return run


def move_run(run: Run, data_dir: Path) -> None:
    """Make a run one of another data set."""
    facts = json.loads((run.path / "dataset.json").read_text())
    (run.path / "dataset.json").write_text(json.dumps(facts | {"data_dir": str(data_dir)}))
    st.cache_resource.clear()  # the app holds runs for two seconds, with what it has read of them


def texts(app: AppTest) -> str:
    """Everything that is said in Markdown, in boxes and in captions."""
    kinds = (app.main.markdown, app.main.caption, app.main.info, app.main.warning, app.main.error)
    return "\n".join(element.value for elements in kinds for element in elements)


def metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    """Value and change of each number, by its name."""
    return {metric.label: (metric.value, metric.delta) for metric in app.main.metric}


def chart(app: AppTest, trace: int = 0, place: int = 0) -> dict[str, Any]:
    """A trace of a chart, as it is sent; packed arrays are unpacked."""
    data = json.loads(app.get("plotly_chart")[place].proto.spec)["data"][trace]
    return {key: unpacked(value) for key, value in data.items()}


def unpacked(value: Any) -> Any:
    if isinstance(value, dict) and "bdata" in value:
        return np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist()
    return value


def upload(app: AppTest, content: str) -> AppTest:
    app.file_uploader(key="evaluate_truth").upload("truth.csv", content.encode())
    return app.run()


def write_state(run: Run, state: str) -> None:
    me = psutil.Process()
    status = RunStatus(state, pid=me.pid, create_time=me.create_time(), heartbeat=time.time())
    status.save(run.path / "status.json")


def test_without_a_finished_run_it_leads_to_train(open_app: OpenApp, new_run: Callable[..., Run]) -> None:
    app = open_app("evaluate")
    assert not app.exception
    assert "No finished run yet" in app.info[0].value
    assert [link.value for link in app.main.page_link] == ["Train a network"]
    assert not app.main.metric
    write_state(new_run(), "training")
    st.cache_resource.clear()
    app.run()
    assert "A run trains now" in app.info[0].value


def test_scores_are_those_of_the_run_and_the_warning_is_plain(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate")
    assert not app.exception
    assert not app.error
    expected = score(load_oof(run))
    assert metrics(app) == {
        "lwlrap, out of fold": (f"{expected.lwlrap:.3f}", ""),
        "Accuracy, out of fold": (f"{expected.accuracy:.1%}", ""),
    }
    assert f"**{expected.num_clips} clips**" in texts(app)
    assert WARNING_CURATED in [box.value for box in app.main.warning]


def test_runs_on_noisy_clips_alone_have_no_warning_about_curated_ones(open_app: OpenApp, run: Run) -> None:
    config = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps(config | {"splits": ["noisy"]}))
    app = open_app("evaluate")
    assert not app.exception
    assert app.main.metric
    assert not app.main.warning


def test_classes_are_drawn_hardest_first(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Classes")
    assert not app.exception
    expected = per_class(load_oof(run)).dropna(subset="lwlrap").sort_values(["lwlrap", "class"])
    np.testing.assert_allclose(chart(app)["x"], expected["lwlrap"])
    assert f"Hardest: {expected['class'].iloc[0]}" in texts(app)


def test_only_the_open_tab_is_worked_out(
    open_app: OpenApp, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise AssertionError("a closed tab was drawn")

    for name in ("show_classes", "show_calibration", "show_worst_clips"):
        monkeypatch.setattr(f"ui.diagnosis.{name}", fail)
    monkeypatch.setattr("ui.ensembles.show_ensemble", fail)
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_newest_finished_run_is_shown_and_the_url_chooses_another(
    open_app: OpenApp, run: Run, other: Run, new_run: Callable[..., Run]
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
    assert "evaluate" not in app.query_params, "the default is not in the address"


def test_run_that_is_unknown_or_unfinished_is_one_line(
    open_app: OpenApp, run: Run, new_run: Callable[..., Run]
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


def test_second_run_gives_the_change_overall_and_per_class(open_app: OpenApp, run: Run, other: Run) -> None:
    app = open_app("evaluate")
    app.selectbox(key="compare").set_value(other.run_id).run()
    assert not app.exception
    assert not app.error
    mine, others = load_oof(run), load_oof(other)
    change = score(mine).lwlrap - score(others).lwlrap
    assert metrics(app)["lwlrap, out of fold"] == (f"{score(mine).lwlrap:.3f}", f"{change:+.3f}")
    by_class = pd.DataFrame({"other": per_class(others)["lwlrap"], "run": per_class(mine)["lwlrap"]}).dropna()
    expected = (by_class["run"] - by_class["other"]).tolist()
    drawn = [*chart(app, 0)["x"], *chart(app, 1)["x"]]
    np.testing.assert_allclose(sorted(drawn), sorted(expected), atol=1e-9)
    assert [chart(app, trace)["name"] for trace in (0, 1)] == ["Better", "Worse"]
    assert all(value >= 0 for value in chart(app, 0)["x"])
    assert app.query_params["compare"] == other.run_id
    app.segmented_control(key="evaluate_classes_view").set_value("Scores").run()
    assert not app.exception
    assert "Hardest" in texts(app)


def test_a_run_is_not_compared_with_itself(open_app: OpenApp, run: Run, other: Run) -> None:
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


@pytest.mark.parametrize(
    ("name", "content"), [("oof.parquet", None), ("oof.parquet", "torn"), ("classes.json", "{ torn")]
)
def test_damaged_run_is_one_line_and_the_other_stays_usable(
    open_app: OpenApp, run: Run, other: Run, name: str, content: str | None
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


def test_run_that_is_mended_is_read_again(open_app: OpenApp, run: Run) -> None:
    sound = (run.path / "oof.parquet").read_bytes()
    app = open_app("evaluate")
    table = pd.read_parquet(run.path / "oof.parquet")
    table[run.classes] = load_oof(run).truth
    table.to_parquet(run.path / "oof.parquet", index=False)
    app.run()
    assert metrics(app)["lwlrap, out of fold"][0] == "1.000"
    (run.path / "oof.parquet").write_bytes(sound)
    app.run()
    assert metrics(app)["lwlrap, out of fold"][0] == f"{score(load_oof(run)).lwlrap:.3f}" != "1.000"


def test_confusion_counts_every_clip(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    counts = [int(cell) for row in chart(app)["text"] for cell in row if cell != ""]
    predictions = load_oof(run)
    assert sum(counts) == len(predictions.clip_ids)
    right = (predictions.probabilities.argmax(1) == predictions.truth.argmax(1)).sum()
    assert f"{right} of {len(predictions.clip_ids)} clips" in texts(app)
    if right < len(predictions.clip_ids):
        assert app.main.dataframe[0].value["Clips"].sum() == len(predictions.clip_ids) - right


def test_confusion_of_several_labels_says_why_there_is_none(open_app: OpenApp, run: Run) -> None:
    config = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps(config | {"task": "multi"}))
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    assert "several labels" in app.info[0].value
    assert not app.get("plotly_chart")


def test_calibration_counts_every_probability(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Calibration")
    assert not app.exception
    counts = np.nan_to_num(np.array(chart(app, 2)["y"], dtype=float))
    assert counts.sum() == load_oof(run).probabilities.size


def test_worst_clips_are_listed_and_the_chosen_one_can_be_played(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Worst clips")
    assert not app.exception
    worst = worst_clips(load_oof(run), 100)
    table = app.main.dataframe[0].value
    assert ("curated/" + table["File"]).tolist() == worst["clip_id"].tolist()
    assert table["Heard as"].tolist() == worst["predicted"].tolist()
    assert app.main.subheader[0].value == worst["clip_id"].iloc[0].removeprefix("curated/")
    assert len(app.get("audio")) == 1
    assert "Open in Clips" in [link.value for link in app.main.page_link]

    key = f"worst-{run.run_id}-All classes"
    app.session_state[key] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    app.run()
    assert not app.exception
    assert app.main.subheader[0].value == worst["clip_id"].iloc[2].removeprefix("curated/")
    app.selectbox(key="evaluate_label").set_value("Knock").run()
    assert set(app.main.dataframe[0].value["Labels"]) == {"Knock"}
    assert app.main.subheader[0].value == app.main.dataframe[0].value["File"].iloc[0]


def test_clips_that_cannot_be_played_are_one_line(open_app: OpenApp, run: Run, settings: Settings) -> None:
    first = worst_clips(load_oof(run), 1)["clip_id"].iloc[0]
    (settings.data_dir / "train_curated" / first.removeprefix("curated/")).write_bytes(b"torn")
    app = open_app("evaluate", view="Worst clips")
    assert not app.exception
    assert len(app.error) == 1
    assert app.get("plotly_chart"), "what the run hears in it is there"


def test_clips_of_another_set_are_listed_and_not_played(open_app: OpenApp, run: Run) -> None:
    move_run(run, Path("/no/such/set"))
    app = open_app("evaluate", view="Worst clips")
    assert not app.exception
    assert not app.error
    assert app.main.dataframe
    assert not app.get("audio")
    assert "another data set" in app.info[0].value


def test_labels_of_the_test_clips_can_be_brought_along(open_app: OpenApp, run: Run) -> None:
    app = upload(open_app("evaluate"), TRUTH)
    assert not app.exception
    assert not app.error
    table = app.main.table[0].value
    assert table.index.tolist() == ["All", "Public", "Private"]
    assert table["Clips"].tolist() == ["4", "1", "3"]
    test = pd.read_parquet(run.path / "test.parquet").set_index("clip_id")
    ranked = test.loc["test/test_bark.wav"].rank(ascending=False)
    assert float(table.loc["Public", "lwlrap"]) == pytest.approx(1 / ranked["Bark"], abs=5e-4)


@pytest.mark.parametrize(
    ("content", "words"),
    [("fname\na.wav", "labels"), ("fname,labels\nelsewhere.wav,Bark", "none of the"), ("", "CSV")],
)
def test_table_that_is_no_truth_is_one_line(open_app: OpenApp, run: Run, content: str, words: str) -> None:
    app = upload(open_app("evaluate"), content)
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert not app.main.table
    assert app.main.metric, "the rest of the page is there"


def test_labels_that_come_with_the_set_are_used(
    open_app: OpenApp, run: Run, zenodo_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATA_DIR", str(zenodo_set))
    app = open_app("evaluate")
    assert not app.exception
    assert not app.main.table, "the run is of another set"
    move_run(run, zenodo_set)
    app = open_app("evaluate")
    assert not app.exception
    assert app.main.table[0].value["Clips"].tolist() == ["4", "2", "2"]
    assert not app.get("file_uploader")


def test_ensemble_shows_each_combination_and_what_each_run_adds(
    open_app: OpenApp, run: Run, other: Run
) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert not app.error
    assert set(app.multiselect(key="ensemble").value) == {run.run_id, other.run_id}
    runs = [run, other]
    alone = [score(load_oof(each)).lwlrap for each in runs]
    shown = metrics(app)
    assert shown["Best run alone"][0] == f"{max(alone):.3f}"
    together = {}
    for name, how in zip(("Geometric mean", "Arithmetic mean", "Ridge regression"), METHODS, strict=True):
        together[how] = score(combine_runs(runs, how)).lwlrap
        assert shown[name] == (f"{together[how]:.3f}", f"{together[how] - max(alone):+.3f}")
    assert "beat" in texts(app)
    table = app.main.dataframe[0].value.set_index("Run")
    assert table.loc[run.run_id, "Without it"] == pytest.approx(alone[1])
    assert table.loc[run.run_id, "It adds"] == pytest.approx(together["geometric"] - alone[1])

    app.segmented_control(key="ensemble_method").set_value("arithmetic").run()
    assert not app.exception
    table = app.main.dataframe[0].value.set_index("Run")
    assert table.loc[run.run_id, "It adds"] == pytest.approx(together["arithmetic"] - alone[1])


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (0.02, "beats the geometric mean by **0.020**"),
        (0.0, "does **not** beat"),
        (-0.02, "**0.020** lwlrap worse"),
    ],
)
def test_whether_ridge_regression_pays_is_said_plainly(gain: float, words: str) -> None:
    assert words in ensembles._compare_ridge(gain)


def test_ensemble_needs_two_runs(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert app.multiselect(key="ensemble").value == [run.run_id]
    assert "Choose at least two runs" in app.info[0].value


def test_ridge_regression_that_is_impossible_leaves_the_means(
    open_app: OpenApp, run: Run, other: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def combine(runs: list[Run], how: Method) -> Predictions:
        if how == "ridge":
            raise RunError("One fold alone.")
        return combine_runs(runs, how)

    monkeypatch.setattr("ui.ensembles.combine_runs", combine)
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert "One fold alone." in texts(app)
    assert "Ridge regression" not in metrics(app)
    assert app.segmented_control(key="ensemble_method").options == ["Geometric mean", "Arithmetic mean"]


def test_submission_of_the_chosen_combination_can_be_downloaded_and_its_warnings_read(
    open_app: OpenApp, run: Run, other: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert [button.proto.label for button in app.get("download_button")] == [
        "Download submission.csv",
        "Download the top 3",
    ]
    assert any("Siren" in box.value for box in app.main.warning), "no run was trained on that class"

    asked = []

    def write(path: Path, runs: list[Run], dataset: object, how: str) -> SubmissionReport:
        asked.append((how, [each.run_id for each in runs]))
        path.write_text("x")
        return SubmissionReport(4, [], ["Mind the gap."])

    monkeypatch.setattr("ui.ensembles.write_submission", write)
    app.segmented_control(key="ensemble_method").set_value("arithmetic").run()
    assert not app.exception
    assert "Mind the gap." in [box.value for box in app.main.warning]
    assert asked == [("arithmetic", app.multiselect(key="ensemble").value)]
    assert open_dataset(settings.data_dir).classes[-1] == "Siren"


def test_set_without_a_test_part_has_no_submission(
    open_app: OpenApp, run: Run, other: Run, settings: Settings
) -> None:
    shutil.rmtree(settings.data_dir / "test")
    (settings.data_dir / "sample_submission.csv").unlink()
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert "No submission" in app.info[0].value
    assert not app.get("download_button")
