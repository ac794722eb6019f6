"""What is learned over several runs: it uses what there is to learn, and no clip judges itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import RunError
from fsat_core.metrics import lwlrap
from fsat_core.prediction import combine_probabilities, combine_runs, leave_one_out, weigh_probabilities
from fsat_core.prediction.run_table import RunTable, align_oof, align_test
from fsat_core.prediction.stacking import Stack, fit_ridge, fit_weights
from fsat_core.prediction.together import METHODS, combine_oof, combine_test, fit_runs
from fsat_core.runs import Run

NUM_CLIPS, NUM_PAIRS = 240, 4
CLASSES = [f"loud {i}" for i in range(NUM_PAIRS)] + [f"faint {i}" for i in range(NUM_PAIRS)]


def draw_truth(rng: np.random.Generator, num_clips: int = NUM_CLIPS) -> np.ndarray:
    """Each clip has one loud class, and mostly the faint class that goes with it."""
    truth = np.zeros((num_clips, 2 * NUM_PAIRS), dtype=np.float32)
    loud, rows = rng.integers(NUM_PAIRS, size=num_clips), np.arange(num_clips)
    truth[rows, loud] = 1
    truth[rows, NUM_PAIRS + loud] = rng.random(num_clips) < 0.7
    return truth


def draw_probabilities(truth: np.ndarray, rng: np.random.Generator, hears: float = 3.0) -> np.ndarray:
    """A network that hears the loud classes and hardly the faint ones."""
    strength = np.repeat([hears, 0.3], NUM_PAIRS)
    return 1 / (1 + np.exp(2 - strength * truth - rng.normal(0, 1, truth.shape)))


def run_table(seed: int = 0, num_runs: int = 2) -> RunTable:
    rng = np.random.default_rng(seed)
    truth = draw_truth(rng)
    return RunTable(
        run_ids=[f"run {m}" for m in range(num_runs)],
        clip_ids=[f"curated/{i}.wav" for i in range(NUM_CLIPS)],
        classes=CLASSES,
        truth=truth,
        folds=np.arange(NUM_CLIPS) % 5,
        probabilities=np.stack([draw_probabilities(truth, rng) for _ in range(num_runs)]),
        normalise=False,
    )


WriteRun = Callable[..., Run]


@pytest.fixture
def write_run(tmp_path: Path) -> WriteRun:
    """Writes what `combine_runs` reads of a finished run."""

    def write(
        name: str,
        truth: np.ndarray,
        probabilities: np.ndarray,
        classes: Sequence[str] = CLASSES,
        first: int = 0,
        test: np.ndarray | None = None,
    ) -> Run:
        path = tmp_path / name
        path.mkdir()
        clip_ids = [f"curated/{first + i}.wav" for i in range(len(truth))]
        TrainConfig.from_recipe("mfcc_dummy", "quick", task="multi", n_folds=5).save(path / "config.json")
        labels = [",".join(np.array(classes)[row > 0]) for row in truth]
        table = pd.DataFrame({"clip_id": clip_ids, "labels": labels, "fold": np.arange(len(truth)) % 5})
        table.to_csv(path / "labels.csv", index=False)
        (path / "skipped.csv").write_text("clip_id,error\n")
        pd.Series(classes).to_json(path / "classes.json", orient="values")
        for part, ids, values in (("oof", clip_ids, probabilities), ("test", None, test)):
            if values is not None:
                saved = pd.DataFrame(values, columns=list(classes))
                saved.insert(0, "clip_id", ids or [f"test/{i}.wav" for i in range(len(values))])
                saved.to_parquet(path / f"{part}.parquet", index=False)
        return Run(path)

    return write


def test_stacking_beats_the_mean_where_classes_occur_together() -> None:
    table = run_table()
    mean = lwlrap(table.truth, combine_probabilities(table.probabilities, normalise=False))
    assert lwlrap(table.truth, fit_ridge(table).oof) > mean + 0.1


def test_it_is_the_other_classes_that_help() -> None:
    """With the loud classes' predictions gone, the faint ones cannot be told any more."""
    table = run_table()
    deaf = table.probabilities.copy()
    deaf[:, :, :NUM_PAIRS] = 0.5
    whole, without = fit_ridge(table).oof, fit_ridge(replace(table, probabilities=deaf)).oof
    faint = table.truth[:, NUM_PAIRS:]
    assert lwlrap(faint, whole[:, NUM_PAIRS:]) > lwlrap(faint, without[:, NUM_PAIRS:]) + 0.1


@pytest.mark.parametrize("fit", [fit_ridge, fit_weights])
def test_no_clip_judges_itself(fit: Callable[[RunTable], Stack]) -> None:
    table = run_table()
    before = fit(table).oof
    for clip in (0, 7, 123):
        changed = table.truth.copy()
        changed[clip] = np.roll(changed[clip], 1)
        after = fit(replace(table, truth=changed)).oof
        fold = table.folds == table.folds[clip]
        np.testing.assert_array_equal(after[fold], before[fold])
        assert not np.allclose(after[~fold], before[~fold], rtol=0, atol=1e-9)  # the label did matter


def test_values_are_probabilities_in_the_order_of_the_regression() -> None:
    table = run_table()
    stack = fit_ridge(table)
    assert stack.oof.min() > 0
    assert stack.oof.max() < 1
    assert all(len(np.unique(row)) == len(row) for row in stack.oof)  # no ties, as clipping would make
    single = fit_ridge(replace(table, normalise=True))
    np.testing.assert_allclose(single.oof.sum(axis=1), 1)
    np.testing.assert_array_equal(single.oof.argsort(axis=1), stack.oof.argsort(axis=1))


def test_apply_predicts_new_clips() -> None:
    table, rng = run_table(), np.random.default_rng(9)
    truth = draw_truth(rng)
    new = np.stack([draw_probabilities(truth, rng) for _ in range(2)])
    stacked = fit_ridge(table).apply(new)
    assert stacked.shape == truth.shape
    assert lwlrap(truth, stacked) > lwlrap(truth, combine_probabilities(new, normalise=False)) + 0.1


@pytest.mark.parametrize("fit", [fit_ridge, fit_weights])
def test_one_fold_cannot_be_stacked(fit: Callable[[RunTable], Stack]) -> None:
    table = run_table()
    with pytest.raises(RunError, match="two folds at least"):
        fit(replace(table, folds=np.zeros(NUM_CLIPS, dtype=int)))


def sure_and_wrong(single: bool) -> RunTable:
    """Of two runs, one that is mostly right, and one that is sure of what it has drawn by lot."""
    rng = np.random.default_rng(3)
    truth = np.eye(8, dtype=np.float32)[rng.integers(8, size=NUM_CLIPS)]
    values = np.stack([4 * truth + rng.normal(0, 1, truth.shape), rng.normal(0, 5, truth.shape)])
    likely = (
        np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)
        if single
        else 1 / (1 + np.exp(4 - values))
    )
    return replace(run_table(), truth=truth, probabilities=likely, normalise=single)


@pytest.mark.parametrize("single", [True, False])
def test_a_run_that_is_sure_of_its_mistakes_gets_no_weight(single: bool) -> None:
    table = sure_and_wrong(single)
    weights = fit_weights(table)
    assert weights.per_run[0] > 0.5
    assert weights.per_run[1] < 0.1
    good = lwlrap(table.truth, table.probabilities[0])
    mean = lwlrap(table.truth, combine_probabilities(table.probabilities, normalise=single))
    assert lwlrap(table.truth, weights.oof) > good - 0.01 > mean + 0.1
    np.testing.assert_allclose(weights.apply(table.probabilities).argmax(axis=1), weights.oof.argmax(axis=1))


def test_runs_that_say_the_same_share_the_weight() -> None:
    table = sure_and_wrong(single=True)
    twice = replace(table, probabilities=np.stack([table.probabilities[0]] * 2))
    alone = fit_weights(replace(table, probabilities=table.probabilities[:1])).per_run
    first, second = fit_weights(twice).per_run
    assert first == pytest.approx(second)
    assert first + second == pytest.approx(alone[0], rel=0.1)


def test_weights_are_where_the_labels_are_likeliest() -> None:
    table = sure_and_wrong(single=True)

    def cost(weights: np.ndarray) -> float:
        likely = weigh_probabilities(table.probabilities, weights)
        return float(-np.log((likely * table.truth).sum(axis=1)).sum() + 0.5 * np.square(weights - 0.5).sum())

    best = fit_weights(table).per_run
    assert all(
        cost(np.maximum(best + step, 0)) >= cost(best) - 1e-6
        for step in ([0.02, 0], [-0.02, 0], [0, 0.02], [0, -0.02], [0.02, 0.02])
    )


def test_runs_of_different_clips_and_classes(write_run: WriteRun) -> None:
    rng = np.random.default_rng(0)
    truth = draw_truth(rng)
    whole = write_run("whole", truth, draw_probabilities(truth, rng))
    few = truth[40:200, :3]
    some = write_run("some", few, draw_probabilities(truth, rng)[40:200, :3], CLASSES[:3], first=40)
    for how in METHODS:
        combined = combine_runs([some, whole], how)
        assert combined.clip_ids == [f"curated/{i}.wav" for i in range(40, 200)]
        assert combined.classes == CLASSES
        np.testing.assert_array_equal(combined.truth, truth[40:200])
        assert np.isfinite(combined.probabilities).all()
    only_whole = combine_runs([whole], "arithmetic").select(combined.clip_ids).probabilities
    both = combine_runs([some, whole], "arithmetic").probabilities
    np.testing.assert_allclose(both[:, 3:], only_whole[:, 3:])  # classes that `some` does not know
    assert not np.allclose(both[:, :3], only_whole[:, :3])


def test_test_clips_are_combined_without_their_labels(write_run: WriteRun) -> None:
    rng = np.random.default_rng(0)
    truth, test_truth = draw_truth(rng), draw_truth(rng, 50)
    runs = [
        write_run(name, truth, draw_probabilities(truth, rng), test=draw_probabilities(test_truth, rng))
        for name in "ab"
    ]
    combined = combine_runs(runs, "ridge", "test")
    assert combined.clip_ids == [f"test/{i}.wav" for i in range(50)]
    assert not combined.truth.any()
    labels = [",".join(np.array(CLASSES)[row > 0]) for row in test_truth[:10]]
    known = pd.DataFrame({"clip_id": combined.clip_ids[:10], "labels": labels, "usage": ""})
    scored = combine_runs(runs, "ridge", "test", known)
    np.testing.assert_array_equal(scored.truth, test_truth[:10])
    again = combine_test(align_test(runs), fit_runs(runs, "ridge"))  # by a fit that is at hand
    np.testing.assert_array_equal(again.probabilities, combined.probabilities)
    again = combine_oof(align_oof(runs), fit_runs(runs, "ridge"))
    np.testing.assert_array_equal(again.probabilities, combine_runs(runs, "ridge").probabilities)
    np.testing.assert_array_equal(scored.probabilities, combined.probabilities[:10])


def test_leaving_out_tells_who_helps(write_run: WriteRun) -> None:
    rng = np.random.default_rng(0)
    truth = draw_truth(rng)
    good = write_run("good", truth, draw_probabilities(truth, rng, hears=4))
    fair = write_run("fair", truth, draw_probabilities(truth, rng, hears=4))
    wrong = write_run("wrong", truth, draw_probabilities(truth, rng, hears=-6))
    table = leave_one_out(align_oof([good, fair, wrong])).set_index("run_id")
    assert table.loc["wrong", "change"] > 0
    assert table.loc["good", "change"] < 0
    others = combine_runs([good, fair])
    assert table.loc["wrong", "lwlrap_without"] == pytest.approx(lwlrap(truth, others.probabilities))
    ridge = leave_one_out(align_oof([good, fair, wrong]), "ridge").set_index("run_id")
    stack = fit_ridge(align_oof([good, fair]))
    assert ridge.loc["wrong", "lwlrap_without"] == pytest.approx(lwlrap(truth, stack.oof))


def test_wrong_choices_of_runs_are_one_line(write_run: WriteRun) -> None:
    rng = np.random.default_rng(0)
    truth = draw_truth(rng)
    run = write_run("run", truth, draw_probabilities(truth, rng))
    far = write_run("far", truth, draw_probabilities(truth, rng), first=10_000)
    with pytest.raises(RunError, match="share no clip"):
        combine_runs([run, far])
    with pytest.raises(RunError, match="No run was chosen"):
        combine_runs([])
    with pytest.raises(RunError, match="at least two"):
        leave_one_out(align_oof([run]))
    with pytest.raises(RunError, match=r"has no test\.parquet"):
        combine_runs([run], part="test")
