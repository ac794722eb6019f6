"""Train: which clips and labels a new run learns from, by label set, split and what earlier runs doubt."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import Decision, LabelStore, LatestRule, create_label_set, resolve
from fsat_core.runs import Run, list_runs
from fsat_core.settings import Settings

OpenApp = Callable[..., AppTest]


def says(app: AppTest, words: str) -> bool:
    return any(words in element.value for element in (*app.main.markdown, *app.main.caption))


def test_form_says_which_clips_are_left_out_as_earlier_runs_doubt_them(
    open_app: OpenApp, finished: Run, settings: Settings
) -> None:
    oof = pd.read_parquet(finished.path / "oof.parquet")
    doubted = finished.labels()["labels"] == "Bark"
    oof.loc[:, finished.classes] = 1 / 3
    oof.loc[doubted.to_numpy(), finished.classes] = np.array([0.05, 0.05, 0.9], dtype=np.float32)
    oof.to_parquet(finished.path / "oof.parquet", index=False)
    app = open_app("train")
    app.multiselect(key="train_agree_with").set_value([finished.run_id]).run()
    assert not app.exception
    assert says(app, f"{doubted.sum()} of {len(oof)} clips are left out of training")
    assert doubted.sum() > 0


def test_curated_epochs_need_both_splits(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train")
    assert app.number_input(key="train_curated_epochs").disabled
    app.pills(key="train_splits").set_value(["curated", "noisy"]).run()
    assert not app.number_input(key="train_curated_epochs").disabled
    app.number_input(key="train_curated_epochs").set_value(60).run()
    assert not app.exception
    assert any("curated_epochs must be fewer than max_epochs" in error.value for error in app.error)


def test_a_run_is_trained_on_the_label_set_that_is_chosen(
    open_app: OpenApp, settings: Settings, launched: list[str]
) -> None:
    app = open_app("train")
    assert not [field for field in app.selectbox if field.label == "Labels"], "there is no label set yet"
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        store.add(Decision("curated/bark_0.wav", "ann", "remove", previous_labels="Bark"))
        create_label_set(
            store, "first", resolve(store.decisions(), catalogue, LatestRule()), rule=LatestRule()
        )
    app = open_app("train")
    assert says(app, "**12 clips** of 3 classes")
    app.selectbox(key="train_label_set").set_value("first").run()
    assert says(app, "**11 clips** of 3 classes")
    next(button for button in app.button if button.label == "Start training").click().run()
    assert not app.exception
    (run,) = list_runs(settings.runs_dir)
    assert run.config.label_set == "first"
    assert "curated/bark_0.wav" not in set(run.labels()["clip_id"])
