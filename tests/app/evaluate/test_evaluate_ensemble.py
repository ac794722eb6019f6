"""Several runs together on Evaluate: combinations, what each run adds, test scores, and the submission."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset
from fsat_core.evaluation import load_oof, load_test, read_truth, score, score_by_usage
from fsat_core.files import write_json
from fsat_core.prediction.run_table import align_oof
from fsat_core.prediction.stacking import fit_weights
from fsat_core.prediction.submission import SubmissionReport
from fsat_core.prediction.together import METHODS, Method, combine_runs
from fsat_core.runs import Run
from fsat_core.settings import Settings
from ui.evaluate import ensembles
from ui.shared.texts import plain

OpenApp = Callable[..., AppTest]
Metrics = Callable[[AppTest], dict[str, tuple[str, str]]]
Texts = Callable[[AppTest], str]
NAMES = ("Geometric mean", "Arithmetic mean", "Weighted mean", "Ridge regression")


def test_ensemble_shows_each_combination_and_what_each_run_adds(
    open_app: OpenApp, run: Run, other: Run, metrics: Metrics, texts: Texts
) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert not app.error
    assert set(app.multiselect(key="ensemble").value) == {run.run_id, other.run_id}
    runs = [run, other]
    alone = [score(load_oof(each)).lwlrap for each in runs]
    shown = metrics(app)
    assert f"from {max(alone):.3f}, the best run alone" in texts(app)
    together = {}
    for name, how in zip(NAMES, METHODS, strict=True):
        together[how] = score(combine_runs(runs, how)).lwlrap
        assert shown[name] == (f"{together[how]:.3f}", f"{together[how] - max(alone):+.3f}")
    assert f"{NAMES[METHODS.index(max(together, key=together.__getitem__))]} is best" in texts(app)
    table = app.main.dataframe[0].value.set_index("Run")
    assert table.loc[run.run_id, "Without it"] == pytest.approx(alone[1])
    assert table.loc[run.run_id, "It adds"] == pytest.approx(together["geometric"] - alone[1])

    app.segmented_control(key="ensemble_method").set_value("arithmetic").run()
    assert not app.exception
    table = app.main.dataframe[0].value.set_index("Run")
    assert table.loc[run.run_id, "It adds"] == pytest.approx(together["arithmetic"] - alone[1])
    assert "Weight" not in table

    app.segmented_control(key="ensemble_method").set_value("weighted").run()
    assert not app.exception
    table = app.main.dataframe[0].value.set_index("Run")
    weights = fit_weights(align_oof(runs)).per_run
    assert table.loc[[each.run_id for each in runs], "Weight"].tolist() == pytest.approx(weights.tolist())


@pytest.mark.parametrize(
    ("ridge", "alone", "words"),
    [
        (0.82, 0.7, "Ridge regression is best: **0.020** lwlrap above the geometric mean"),
        (0.8, 0.7, "**No** combination beats the geometric mean"),
        (0.82, 0.82, "**No** combination beats the best run alone"),
    ],
)
def test_which_combination_pays_is_said_plainly(ridge: float, alone: float, words: str) -> None:
    lwlraps: dict[Method, float] = {"geometric": 0.8, "arithmetic": 0.8, "weighted": 0.75, "ridge": ridge}
    assert words in ensembles._name_best(lwlraps, alone)


def test_ensemble_needs_two_runs(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert app.multiselect(key="ensemble").value == [run.run_id]
    assert app.info[0].value.startswith("Choose at least two runs to see what they are worth together. Only")
    assert "Download submission.csv" in [button.proto.label for button in app.get("download_button")]


def test_what_cannot_be_learned_leaves_the_means(
    open_app: OpenApp, run: Run, other: Run, metrics: Metrics, texts: Texts
) -> None:
    run.labels().assign(fold=0).to_csv(run.path / "labels.csv", index=False)
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert "ridge regression needs two folds" in texts(app)
    assert not {"Weighted mean", "Ridge regression"} & set(metrics(app))
    assert app.segmented_control(key="ensemble_method").options == ["Geometric mean", "Arithmetic mean"]


def test_other_labels_and_other_tasks_are_said(
    open_app: OpenApp,
    run: Run,
    other: Run,
    relabel: Callable[[Run, str, str], str],
    make_multi: Callable[[Run], None],
    texts: Texts,
) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert "other labels" not in texts(app)
    assert "are mixed" not in texts(app)
    relabel(other, "Bark", "Knock")
    make_multi(other)
    st.cache_resource.clear()  # the app holds runs for two seconds, with the configuration that it has read
    app.run()
    assert not app.exception
    assert "1 of the clips has other labels in what some of these runs were trained on" in texts(app)
    assert "Runs of single and of several labels are mixed" in texts(app)


def guess(run: Run, seed: int) -> None:
    """Give a run predictions that are drawn."""
    rng = np.random.default_rng(seed)
    for name in ("oof.parquet", "test.parquet"):
        table = pd.read_parquet(run.path / name)
        values = rng.random((len(table), len(run.classes)))
        table[run.classes] = values / values.sum(axis=1, keepdims=True)
        table.to_parquet(run.path / name, index=False)


def test_every_run_and_combination_has_its_score_on_the_test_clips(
    open_app: OpenApp, run: Run, other: Run, tmp_path: Path
) -> None:
    (tmp_path / "truth.csv").write_text(
        "fname,labels,usage\ntest_bark.wav,Bark,Public\ntest_knock.wav,Knock,Private\n"
        "test_meow.wav,Meow,Private\n"
    )
    for each, seed in ((run, 18), (other, 19)):
        guess(each, seed)
    app = open_app("evaluate", view="Ensemble")
    assert not app.main.table
    app.file_uploader(key="evaluate_truth").upload("truth.csv", (tmp_path / "truth.csv").read_bytes())
    app.run()
    assert not app.exception
    assert not app.error
    truth = read_truth(tmp_path / "truth.csv")
    runs = [run, other]
    expected = {each.run_id: score_by_usage(load_test(each, truth), truth) for each in runs}
    for name, how in zip(NAMES, METHODS, strict=True):
        expected[name] = score_by_usage(combine_runs(runs, how, "test", truth), truth)
    assert len({expected[name]["all"].lwlrap for name in NAMES}) == 3, "each is told from the others"
    table = app.main.table[1].value
    assert list(table.columns) == ["All (3 clips)", "Public (1 clips)", "Private (2 clips)"]
    assert table.to_dict("index") == {
        name: {
            column: f"{parts[column.partition(' ')[0].replace('All', 'all')].lwlrap:.3f}"
            for column in table.columns
        }
        for name, parts in expected.items()
    }


def test_submission_of_the_chosen_combination_can_be_downloaded_and_its_warnings_read(
    open_app: OpenApp, run: Run, other: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert [button.proto.label for button in app.get("download_button")] == [
        "Download submission.csv",
        "Download the top 3",
        "Take away",
    ]
    assert any("Siren" in box.value for box in app.main.warning), "no run was trained on that class"

    asked = []

    def write(
        file: BinaryIO, runs: list[Run], dataset: object, how: str, with_pretrained: bool
    ) -> SubmissionReport:
        assert not with_pretrained
        asked.append((how, [each.run_id for each in runs]))
        file.write(b"x")
        return SubmissionReport(4, [], ["Mind the gap."])

    monkeypatch.setattr("ui.evaluate.ensemble_results.write_submission", write)
    app.segmented_control(key="ensemble_method").set_value("arithmetic").run()
    assert not app.exception
    assert "Mind the gap." in [box.value for box in app.main.warning]
    assert asked == [("arithmetic", app.multiselect(key="ensemble").value)]
    assert open_dataset(settings.data_dir).classes[-1] == "Siren"


def test_a_submission_is_without_pretrained_networks_unless_a_box_is_ticked(
    open_app: OpenApp, run: Run, other: Run
) -> None:
    config = TrainConfig.from_recipe("yamnet_head", "quick")
    config.save(other.path / "config.json")
    write_json(other.path / "features.json", config.feature_spec.to_json())
    app = open_app("evaluate", view="Ensemble", run=run.run_id, ensemble=[run.run_id, other.run_id])
    assert not app.exception
    (said,) = [box.value for box in app.main.warning if "allowed no pretrained networks" in box.value]
    assert plain(other.run_id) in said
    app.checkbox(key="submit_pretrained").check().run()
    assert not app.exception
    assert not [box.value for box in app.main.warning if "pretrained" in box.value]


def test_set_without_a_test_part_has_no_submission(
    open_app: OpenApp, run: Run, other: Run, settings: Settings
) -> None:
    shutil.rmtree(settings.data_dir / "test")
    (settings.data_dir / "sample_submission.csv").unlink()
    app = open_app("evaluate", view="Ensemble")
    assert not app.exception
    assert "No submission" in app.info[0].value
    assert [button.proto.label for button in app.get("download_button")] == ["Take away"]
