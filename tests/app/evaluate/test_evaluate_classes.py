"""The tabs of Evaluate about one run: classes, confusions, calibration, learning curves and worst clips."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.evaluation import load_oof, outranking, per_class, worst_clips
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.curves import drawn_curves

OpenApp = Callable[..., AppTest]
Chart = Callable[..., dict[str, Any]]
Texts = Callable[[AppTest], str]


def test_classes_are_listed_and_drawn_hardest_first(
    open_app: OpenApp, run: Run, chart: Chart, texts: Texts
) -> None:
    app = open_app("evaluate", view="Classes")
    assert not app.exception
    expected = per_class(load_oof(run)).dropna(subset="lwlrap").sort_values(["lwlrap", "class"])
    table = app.main.dataframe[0].value
    assert table["Class"].tolist() == expected["class"].tolist()
    np.testing.assert_allclose(table[["lwlrap", "95 % from", "to"]], expected[["lwlrap", "low", "high"]])
    assert table["Clips"].tolist() == expected["count"].tolist()
    np.testing.assert_allclose(chart(app)["x"], expected["lwlrap"])
    assert f"Hardest: {expected['class'].iloc[0]}" in texts(app)


def test_confusion_counts_every_clip(open_app: OpenApp, run: Run, chart: Chart, texts: Texts) -> None:
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    counts = [int(cell) for row in chart(app)["text"] for cell in row if cell != ""]
    predictions = load_oof(run)
    assert sum(counts) == len(predictions.clip_ids)
    right = (predictions.probabilities.argmax(1) == predictions.truth.argmax(1)).sum()
    assert f"{right} of {len(predictions.clip_ids)} clips" in texts(app)


def answer_in_turn(run: Run, answer: Callable[[Run, np.ndarray], None]) -> list[str]:
    """Make a run take every Bark for a Knock and be right about all else; returns the clips of Bark."""
    truth = load_oof(run).truth
    bark, knock = run.classes.index("Bark"), run.classes.index("Knock")
    said = truth.copy()
    said[truth[:, bark] > 0, bark], said[truth[:, bark] > 0, knock] = 0.2, 0.7
    answer(run, said)
    return [clip_id for clip_id, row in zip(load_oof(run).clip_ids, truth, strict=True) if row[bark]]


def test_a_cell_lists_exactly_its_clips_and_plays_one(
    open_app: OpenApp, run: Run, answer: Callable[[Run, np.ndarray], None]
) -> None:
    barks = answer_in_turn(run, answer)
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    pairs, clips = (element.value for element in app.main.dataframe)
    assert pairs.to_numpy().tolist() == [["Bark", "Knock", len(barks), 100.0]]
    assert sorted("curated/" + clips["File"]) == sorted(barks), "the largest confusion is chosen at first"
    assert f"Bark heard as Knock: {len(barks)} clips" in [title.value for title in app.main.header]
    assert len(app.get("audio")) == 1
    assert "Open in Clips" in [link.value for link in app.main.page_link]

    app.query_params["true"] = app.query_params["heard"] = "Meow"
    app.run()
    assert not app.exception
    assert set(app.main.dataframe[1].value["Labels"]) == {"Meow"}
    app.query_params["true"] = "Bark"
    app.run()
    assert not app.exception
    assert "No clip is in this cell" in app.main.info[0].value
    assert not app.get("audio")


def test_a_run_that_is_always_right_has_a_map_and_no_confusions(
    open_app: OpenApp, run: Run, answer: Callable[[Run, np.ndarray], None]
) -> None:
    answer(run, load_oof(run).truth)
    app = open_app("evaluate", view="Confusion")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert not app.main.dataframe


def test_confusions_of_one_class_alone(open_app: OpenApp, other: Run) -> None:
    app = open_app("evaluate", evaluate=other.run_id, view="Confusion")
    pairs = app.main.dataframe[0].value
    name = pairs["True class"].iloc[-1]
    app.selectbox(key="evaluate_pairs_class").set_value(name).run()
    assert not app.exception
    assert app.main.dataframe[0].value.to_numpy().tolist() == (
        pairs[pairs["True class"] == name].to_numpy().tolist()
    )


def test_several_labels_have_the_classes_ranked_above_them(
    open_app: OpenApp, other: Run, make_multi: Callable[[Run], None], chart: Chart, texts: Texts
) -> None:
    make_multi(other)
    app = open_app("evaluate", evaluate=other.run_id, view="Confusion")
    assert not app.exception
    expected = outranking(load_oof(other))
    drawn = [[int(cell or 0) for cell in row] for row in chart(app)["text"]]
    assert drawn == expected.loc[expected.any(axis=1)].to_numpy().tolist()
    assert "labels have no class above them" in texts(app)
    pairs, clips = (element.value for element in app.main.dataframe)
    assert list(pairs.columns) == ["True class", "Above it", "Clips", "Of that class"]
    assert len(clips) == pairs["Clips"].iloc[0]
    assert f"{pairs['True class'].iloc[0]} below {pairs['Above it'].iloc[0]}" in app.main.header[1].value


@pytest.mark.parametrize("view", ["Classes", "Calibration", "Learning curves", "Worst clips", "Ensemble"])
def test_several_labels_have_every_other_tab(
    open_app: OpenApp, run: Run, other: Run, make_multi: Callable[[Run], None], view: str
) -> None:
    make_multi(run)
    app = open_app("evaluate", compare=other.run_id, view=view)
    assert not app.exception
    assert not app.error


def test_calibration_counts_every_probability(open_app: OpenApp, run: Run, chart: Chart) -> None:
    app = open_app("evaluate", view="Calibration")
    assert not app.exception
    counts = np.nan_to_num(np.array(chart(app, 2)["y"], dtype=float))
    assert counts.sum() == load_oof(run).probabilities.size


def test_learning_curves_are_drawn_and_put_in_words(open_app: OpenApp, run: Run, texts: Texts) -> None:
    app = open_app("evaluate", view="Learning curves")
    assert not app.exception
    metrics = run.metrics()
    best = metrics.loc[metrics.groupby("fold")["val_loss"].idxmin(), "epoch"]
    assert f"lowest at epoch {', '.join(map(str, best))} (folds 1 to 2" in texts(app)
    assert len(drawn_curves(app)) == 1
    last = metrics[metrics["epoch"] == metrics["epoch"].max()]
    gap = (last["val_loss"] - last["loss"]).mean()
    assert f"At the last epoch it is {abs(gap):.2f} {'above' if gap >= 0 else 'below'}" in texts(app)


def test_validation_of_both_runs_is_in_one_chart(
    open_app: OpenApp, run: Run, other: Run, texts: Texts
) -> None:
    app = open_app("evaluate", view="Learning curves", compare=other.run_id)
    assert not app.exception
    _, chart = drawn_curves(app)
    assert [row["name"] for row in chart["rows"]] == ["This run", "Other run"]
    means = other.metrics().groupby("epoch")["val_loss"].mean()
    np.testing.assert_allclose(chart["panels"][0]["lines"][1]["y"], means, atol=1e-4)
    assert "Best in validation, mean over the folds: this run loss" in texts(app)


def test_a_run_without_curves_says_so(open_app: OpenApp, run: Run, other: Run, texts: Texts) -> None:
    for fold in (0, 1):
        (other.fold_dir(fold) / "metrics.csv").unlink()
    app = open_app("evaluate", view="Learning curves", compare=other.run_id)
    assert not app.exception
    assert len(drawn_curves(app)) == 1
    assert f"no learning curves in run '{other.run_id}'" in texts(app)
    shutil.rmtree(run.fold_dir(0))
    (run.fold_dir(1) / "metrics.csv").write_text("torn")
    app.run()
    assert not app.exception
    assert len(app.error) == 1


def test_worst_clips_are_listed_and_the_chosen_one_can_be_played(open_app: OpenApp, run: Run) -> None:
    app = open_app("evaluate", view="Worst clips")
    assert not app.exception
    worst = worst_clips(load_oof(run), 100)
    table = app.main.dataframe[0].value
    assert ("curated/" + table["File"]).tolist() == worst["clip_id"].tolist()
    assert table["Heard as"].tolist() == worst["predicted"].tolist()
    assert app.main.header[0].value == worst["clip_id"].iloc[0].removeprefix("curated/")
    assert len(app.get("audio")) == 1
    assert "Open in Clips" in [link.value for link in app.main.page_link]

    app.query_params["clip"] = worst["clip_id"].iloc[2]
    app.run()
    assert not app.exception
    assert app.main.header[0].value == worst["clip_id"].iloc[2].removeprefix("curated/")
    other = "Knock" if worst["labels"].iloc[2] == "Bark" else "Bark"
    app.selectbox(key="evaluate_label").set_value(other).run()
    assert set(app.main.dataframe[0].value["Labels"]) == {other}
    assert app.main.header[0].value == app.main.dataframe[0].value["File"].iloc[0]


def test_clips_that_cannot_be_played_are_one_line(open_app: OpenApp, run: Run, settings: Settings) -> None:
    first = worst_clips(load_oof(run), 1)["clip_id"].iloc[0]
    (settings.data_dir / "train_curated" / first.removeprefix("curated/")).write_bytes(b"torn")
    app = open_app("evaluate", view="Worst clips")
    assert not app.exception
    assert len(app.error) == 1
    assert app.get("plotly_chart"), "what the run hears in it is there"


def test_clips_of_another_set_are_listed_and_not_played(
    open_app: OpenApp, run: Run, move_run: Callable[[Run, Path], None]
) -> None:
    move_run(run, Path("/no/such/set"))
    app = open_app("evaluate", view="Worst clips")
    assert not app.exception
    assert not app.error
    assert app.main.dataframe
    assert not app.get("audio")
    assert "another data set" in app.info[0].value
