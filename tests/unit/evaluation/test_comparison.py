"""One run against another: shared clips, classes of both, whose labels count, and what changed."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.evaluation import (
    Pair,
    Predictions,
    changed_clips,
    compare,
    describe_changes,
    describe_unshared,
    largest_changes,
    pair_up,
    per_class,
    sort_changes,
)


def predictions(
    labels: list[str], probabilities: list[list[float]], classes: str, first: int = 0
) -> Predictions:
    """Clips `first`, `first + 1`, ... with the classes named by the letters of their label."""
    truth = np.array([[name in label for name in classes] for label in labels], np.float32)
    names = [f"curated/{first + index}.wav" for index in range(len(labels))]
    return Predictions(names, list(classes), truth.reshape(len(labels), -1), np.array(probabilities))


# Shared: clips 1 and 2. The baseline knows D, too, and was told that clip 2 is D.
CANDIDATE = predictions(["A", "B", "A"], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]], "AB")
BASELINE = predictions(["B", "D", "A"], [[0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0, 1, 0]], "BAD", first=1)


def test_a_pair_has_the_clips_of_both_in_one_order_over_all_classes() -> None:
    pair = pair_up(baseline=BASELINE, candidate=CANDIDATE)
    assert pair.candidate.clip_ids == pair.baseline.clip_ids == ["curated/1.wav", "curated/2.wav"]
    assert pair.candidate.classes == pair.baseline.classes == ["A", "B", "D"]
    assert pair.baseline.probabilities.tolist() == [[0.4, 0.5, 0.1], [0.2, 0.1, 0.7]]
    assert pair.candidate.probabilities[:, 2].tolist() == [0, 0]
    assert (pair.only_candidate, pair.only_baseline) == ([], ["D"])
    assert pair.relabelled == ["curated/2.wav"]
    assert pair_up(baseline=CANDIDATE, candidate=BASELINE).only_candidate == ["D"]


def test_labels_of_the_candidate_score_both_unless_each_has_its_own() -> None:
    pair = pair_up(baseline=BASELINE, candidate=CANDIDATE)
    table = compare(pair).set_index("class")
    assert table["count"].to_dict() == {"A": 1, "B": 1, "D": 0}
    scores = table[["baseline", "candidate", "change"]]
    assert scores.loc["A"].tolist() == [0.5, 0.5, 0]  # of clip 2: second of all
    assert scores.loc["B"].tolist() == [1, 1, 0]
    assert scores.loc["D"].isna().all(), "only the baseline knows it"
    own = compare(pair, own_labels=True).set_index("class")
    assert own.loc["A", "candidate"] == 0.5
    assert np.isnan(own.loc["A", "baseline"]), "the baseline was never told of an A"
    assert own.loc["D", "baseline"] == 1
    assert np.isnan(own.loc["D", "change"])


def test_a_class_of_one_clip_has_a_change_without_an_interval() -> None:
    candidate = predictions(["A", "A", "B"], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]], "AB")
    baseline = predictions(["A", "A", "B"], [[0.1, 0.9], [0.2, 0.8], [0.9, 0.1]], "AB")
    table = compare(pair_up(baseline=baseline, candidate=candidate)).set_index("class")
    assert table["count"].to_dict() == {"A": 2, "B": 1}
    assert table["change"].to_dict() == {"A": 0.25, "B": 0.5}
    assert table.loc["A", ["low", "high"]].tolist() == [0, 0.5]
    assert table.loc["B", ["low", "high"]].isna().all(), "one clip says nothing of spread"


def test_the_interval_of_a_change_is_of_the_same_clips_in_both_runs() -> None:
    rng = np.random.default_rng(0)
    truth = np.eye(3)[np.arange(300) % 3]
    noisy = rng.random(truth.shape)
    candidate = Predictions([f"curated/{i}" for i in range(300)], list("ABC"), truth, noisy + 0.4 * truth)
    baseline = Predictions(candidate.clip_ids, candidate.classes, truth, noisy + 0.3 * truth)
    table = compare(pair_up(baseline=baseline, candidate=candidate))
    assert (table["low"] <= table["change"]).all()
    assert (table["change"] <= table["high"]).all()
    alone = per_class(candidate)
    width, width_alone = table["high"] - table["low"], alone["high"] - alone["low"]
    assert (width < 0.8 * width_alone).all(), "what both have in common drops out"
    same = compare(pair_up(baseline=candidate, candidate=candidate))
    assert (same[["change", "low", "high"]] == 0).all(axis=None)


def test_runs_without_a_shared_clip_have_nothing_to_compare() -> None:
    pair = pair_up(baseline=predictions(["A"], [[1, 0]], "AB", first=50), candidate=CANDIDATE)
    table = compare(pair)
    assert table["count"].tolist() == [0, 0]
    assert table[["baseline", "candidate", "change", "low", "high"]].isna().all(axis=None)
    assert changed_clips(pair).empty


def test_clips_that_changed_most_come_first() -> None:
    candidate = predictions(
        ["A", "B", "A", "B", ""], [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0, 1], [1, 0]], "AB"
    )
    baseline = predictions(
        ["A", "B", "A", "A", "A"], [[0.3, 0.7], [0.1, 0.9], [0.7, 0.3], [0, 1], [1, 0]], "AB"
    )
    pair = pair_up(baseline=baseline, candidate=candidate)
    table = changed_clips(pair)
    assert table["clip_id"].str.extract(r"(\d)")[0].tolist() == ["0", "1", "2", "3"], "clip 4 has no label"
    assert table["kind"].tolist() == ["mended", "broken", "", ""]
    assert table["change"].tolist() == pytest.approx([1.2, -1.0, 0.2, 0])
    assert table["candidate_predicted"].tolist() == ["A", "A", "A", "B"]
    assert table["baseline_predicted"].tolist() == ["B", "B", "A", "B"]
    assert table.loc[3, ["labels", "baseline_labels"]].tolist() == ["B", "A"]
    own = changed_clips(pair, own_labels=True).set_index("clip_id")
    assert own.loc["curated/3.wav", "kind"] == "mended", "by its own label, the baseline was wrong"


def test_a_clip_of_several_labels_is_right_only_when_all_of_them_are_on_top() -> None:
    candidate = predictions(["AB"], [[0.9, 0.8, 0.7]], "ABC")
    baseline = predictions(["AB"], [[0.9, 0.6, 0.7]], "ABC")
    assert changed_clips(pair_up(baseline=baseline, candidate=candidate))["kind"].tolist() == ["mended"]


def test_what_got_better_most_comes_first(changes: pd.DataFrame) -> None:
    assert sort_changes(changes)["class"].tolist() == ["Bark", "Meow", "Knock"]


def test_the_largest_changes_are_at_both_ends() -> None:
    changes = pd.DataFrame({"change": range(10, 0, -1)})
    assert largest_changes(changes, 2)["change"].tolist() == [10, 9, 2, 1]
    assert len(largest_changes(changes, 5)) == len(largest_changes(changes, 6)) == 10


def test_changes_in_words(changes: pd.DataFrame) -> None:
    table = sort_changes(changes)
    assert describe_changes(table) == (
        "1 of 3 classes are better, 1 worse, 1 the same. 1 of these changes is larger than chance explains."
    )
    assert "2 of these changes are" in describe_changes(table.assign(high=[0.4, np.nan, -0.1]))


def test_classes_of_one_run_alone_in_words() -> None:
    def describe(only_candidate: list[str], only_baseline: list[str]) -> str:
        return describe_unshared(Pair(BASELINE, CANDIDATE, only_baseline, only_candidate, []))

    assert describe([], []) == ""
    assert describe(["Siren"], []) == "Not compared: only this run knows Siren."
    assert describe(["Siren"], list("ABCDEFG")) == (
        "Not compared: only this run knows Siren; only the other run knows A, B, C, D, E and 2 more."
    )
