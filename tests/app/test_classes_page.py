"""The page Classes: one class by its address, with and without runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.label_text import label_matrix
from fsat_core.evaluation import load_oof, per_class
from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings
from fsat_core.training.create import create_run

OpenApp = Callable[..., AppTest]


@pytest.fixture
def labels(demo_settings: Settings) -> pd.DataFrame:
    """The demo set's training tables, read without the program."""
    tables = [pd.read_csv(demo_settings.demo_dir / f"train_{split}.csv") for split in ("curated", "noisy")]
    return pd.concat(tables)


@pytest.fixture
def run(demo_settings: Settings) -> Run:
    """A finished run on the demo set that was never trained: its answers are drawn, and often wrong."""
    dataset = open_dataset(demo_settings.demo_dir)
    config = TrainConfig.from_recipe("mfcc_dummy", "quick")
    run = create_run(demo_settings, dataset, scan(dataset, demo_settings.cache_dir), config)
    pinned = run.labels()
    truth = label_matrix(pinned["labels"], run.classes)
    values = np.random.default_rng(1).random(truth.shape) + 0.5 * truth
    oof = pd.DataFrame(values / values.sum(axis=1, keepdims=True), columns=run.classes)
    oof.insert(0, "clip_id", pinned["clip_id"])
    oof.to_parquet(run.path / "oof.parquet", index=False)
    RunStatus("finished").save(run.path / "status.json")
    return Run(run.path)


def said(app: AppTest) -> str:
    assert not app.exception
    kinds = (app.main.markdown, app.main.caption, app.main.info, app.main.error)
    return "\n".join(element.value for elements in kinds for element in elements)


def chart(app: AppTest, key: str) -> dict[str, Any]:
    return dict(json.loads(next(c for c in app.get("plotly_chart") if c.key == key).proto.spec))


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    return {str(table.key): table.value for table in app.dataframe}


def test_an_address_opens_its_class(open_app: OpenApp, labels: pd.DataFrame) -> None:
    app = open_app("classes", label="Motorcycle")
    assert app.header[0].value == "Motorcycle"
    own = labels["labels"].str.split(",").map(lambda names: "Motorcycle" in names)
    assert app.metric[0].value == str(own.sum())


def test_a_class_that_is_not_there_is_said_and_another_one_shown(open_app: OpenApp) -> None:
    app = open_app("classes", label="Cat")
    assert "There is no class 'Cat'" in app.error[0].value
    assert app.header[0].value == app.selectbox(key="class_label").options[0]


def test_next_and_previous_and_the_picker_write_the_address(open_app: OpenApp) -> None:
    app = open_app("classes")
    names = app.selectbox(key="class_label").options
    assert app.button(key="class_Previous").disabled
    app.button(key="class_Next").click().run()
    assert (app.header[0].value, app.query_params["label"]) == (names[1], names[1])
    app.selectbox(key="class_label").set_value(names[-1]).run()
    assert app.button(key="class_Next").disabled
    app.button(key="class_Previous").click().run()
    assert (app.header[0].value, app.query_params["label"]) == (names[-2], names[-2])


def test_without_a_run_clips_are_typical_by_length_and_the_next_step_is_told(open_app: OpenApp) -> None:
    app = open_app("classes", label="Bark")
    text = said(app)
    assert "nearest to the median" in text
    assert "comes with the first one" in text
    assert "Train a network" in [link.proto.label for link in app.get("page_link")]
    assert not app.get("audio")


def test_a_run_says_what_is_typical_and_its_scores_are_those_of_evaluate(open_app: OpenApp, run: Run) -> None:
    app = open_app("classes", label="Bark")
    assert "likeliest, out of fold, by the best run" in said(app)
    oof = load_oof(run)
    own = pd.Series(oof.probabilities[:, oof.classes.index("Bark")], oof.clip_ids)
    own = own[["Bark" in text.split(",") for text in oof.labels()]].sort_values(ascending=False)
    shown = tables(app)
    assert shown["class_Typical"]["File"].iloc[0] == own.index[0].split("/")[1]
    assert shown["class_Odd"]["File"].iloc[0] == own.index[-1].split("/")[1]
    scores = per_class(oof).set_index("class").loc["Bark"]
    (dots,) = chart(app, "class_history")["data"]
    assert f"{scores['lwlrap']:.3f}, 95 % interval {scores['low']:.3f}" in dots["customdata"][0]
    assert not app.get("audio"), "a sound was read before it was chosen"


def test_a_clip_in_the_address_is_played(open_app: OpenApp, run: Run) -> None:
    clip_id = next(row.clip_id for row in run.labels().itertuples() if row.labels == "Bark")
    app = open_app("classes", label="Bark", clip=clip_id)
    assert not app.exception
    assert len(app.get("audio")) == 1


def test_a_class_without_clips_says_so(
    open_app: OpenApp, kaggle_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = (kaggle_set / "sample_submission.csv").read_text().splitlines()
    (kaggle_set / "sample_submission.csv").write_text(
        "\n".join([f"{header[0]},Yodel", *(f"{row},0" for row in header[1:])])
    )
    monkeypatch.setenv("FSAT_DATA_DIR", str(kaggle_set))
    app = open_app("classes", label="Yodel")
    assert "No clip carries this label" in said(app)
