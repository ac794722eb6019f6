"""The clips a run trains on and their folds: stratified, the same for a seed, with rare classes named."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from sklearn.model_selection import StratifiedKFold

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError
from fsat_core.training.folds import pin_labels


def catalogue(labels: list[str], split: str = "curated", error: str = "") -> pd.DataFrame:
    """One clip per entry of `labels`."""
    return pd.DataFrame(
        {
            "clip_id": [f"{split}/{error}{i:03d}.wav" for i in range(len(labels))],
            "split": split,
            "labels": labels,
            "num_labels": [len(text.split(",")) if text else 0 for text in labels],
            "error": error,
        }
    )


def config(**values: Any) -> TrainConfig:
    return TrainConfig.from_recipe("mfcc_dummy", **values)


def counts_per_fold(table: pd.DataFrame, name: str) -> list[int]:
    has_label = table["labels"].str.split(",").map(lambda names: name in names)
    return sorted(has_label.groupby(table["fold"]).sum())


def test_single_label_folds_have_each_class_alike() -> None:
    labels = ["Bark"] * 20 + ["Knock"] * 11 + ["Meow"] * 5
    pinned = pin_labels(catalogue(labels), config(n_folds=5))
    assert pinned.classes == ["Bark", "Knock", "Meow"]
    assert pinned.warnings == []
    assert counts_per_fold(pinned.table, "Bark") == [4] * 5
    assert counts_per_fold(pinned.table, "Knock") == [2, 2, 2, 2, 3]
    assert counts_per_fold(pinned.table, "Meow") == [1] * 5


def test_each_task_has_the_folds_of_its_splitter() -> None:
    rows = catalogue([("Bark", "Knock", "Meow")[i % 3] for i in range(30)])
    targets = np.eye(3, dtype=int)[np.arange(30) % 3]
    for task, splitter, strata in (
        ("single", StratifiedKFold, targets.argmax(axis=1)),
        ("multi", MultilabelStratifiedKFold, targets),
    ):
        table = pin_labels(rows, config(n_folds=5, task=task, seed=3)).table
        assert list(table) == ["clip_id", "labels", "fold"]
        expected = splitter(5, shuffle=True, random_state=3).split(np.zeros(30), strata)
        for fold, (_, held_out) in enumerate(expected):
            assert np.flatnonzero(table["fold"] == fold).tolist() == held_out.tolist()


def test_a_class_with_as_many_clips_as_folds_is_in_each() -> None:
    table = pin_labels(catalogue(["Bark", "Knock", "Meow"] * 5), config(n_folds=5)).table
    for name in ("Bark", "Knock", "Meow"):
        assert counts_per_fold(table, name) == [1] * 5


def test_several_labels_are_stratified_too() -> None:
    labels = ["Bark"] * 15 + ["Bark,Meow"] * 10 + ["Meow"] * 5 + ["Knock,Meow"] * 5
    pinned = pin_labels(catalogue(labels), config(n_folds=5, task="multi"))
    assert len(pinned.table) == 35
    assert counts_per_fold(pinned.table, "Bark") == [5] * 5
    assert counts_per_fold(pinned.table, "Meow") == [4] * 5
    assert counts_per_fold(pinned.table, "Knock") == [1] * 5


def test_an_error_of_the_other_task_says_labelled() -> None:
    with pytest.raises(ConfigError, match="4 readable labelled clips of 2 classes in curated"):
        pin_labels(catalogue(["Bark", "Bark,Knock"] * 2), config(n_folds=5, task="multi"))


def test_the_single_label_task_leaves_the_others_out() -> None:
    labels = ["Bark"] * 4 + ["Bark,Meow"] * 4 + ["Knock"] * 4 + [""] * 4
    single = pin_labels(catalogue(labels), config(n_folds=2))
    assert single.table["labels"].unique().tolist() == ["Bark", "Knock"]
    assert single.classes == ["Bark", "Knock"]
    multi = pin_labels(catalogue(labels), config(n_folds=2, task="multi"))
    assert len(multi.table) == 12
    assert multi.classes == ["Bark", "Knock", "Meow"]


def test_the_advice_is_what_helps() -> None:
    gone = catalogue(["Bark", "Knock"] * 4, error="a.wav: no such file.")
    with pytest.raises(
        ConfigError, match=r"8 clips there cannot be read: mend them, .*first is a\.wav: no such"
    ):
        pin_labels(gone, config(n_folds=2))
    with pytest.raises(ConfigError, match="No clip of this data set has labels to train on"):
        pin_labels(catalogue([""] * 8, "test"), config(n_folds=2))
    with pytest.raises(ConfigError, match="Add clips, other splits or fewer folds"):
        pin_labels(catalogue(["Bark"] * 8), config(n_folds=2))


def test_only_readable_clips_of_the_chosen_splits() -> None:
    labels = ["Bark", "Knock"] * 4
    rows = pd.concat(
        [
            catalogue(labels),
            catalogue(labels, error="cut"),
            catalogue(labels, "noisy"),
            catalogue(labels, "test"),
        ]
    )
    pinned = pin_labels(rows, config(n_folds=2, splits=("noisy",)))
    assert pinned.table["clip_id"].tolist() == [f"noisy/{i:03d}.wav" for i in range(8)]
    both = pin_labels(rows, config(n_folds=2, splits=("curated", "noisy")))
    assert len(both.table) == 16
    assert not both.table["clip_id"].str.contains("cut").any()


@pytest.mark.parametrize("task", ["single", "multi"])
def test_folds_follow_from_the_seed(task: str) -> None:
    rows = catalogue(["Bark"] * 30 + ["Knock"] * 30)
    first = pin_labels(rows, config(task=task, seed=3)).table
    pd.testing.assert_frame_equal(first, pin_labels(rows, config(task=task, seed=3)).table)
    assert not first["fold"].equals(pin_labels(rows, config(task=task, seed=4)).table["fold"])


@pytest.mark.parametrize("task", ["single", "multi"])
def test_a_class_with_fewer_clips_than_folds_is_named(task: str) -> None:
    rows = catalogue(["Bark"] * 12 + ["Knock"] * 3 + ["Meow"])
    pinned = pin_labels(rows, config(n_folds=4, task=task))
    (warning,) = pinned.warnings
    assert warning.startswith("2 classes have fewer clips than the 4 folds: Knock (3), Meow (1).")
    assert pinned.classes == ["Bark", "Knock", "Meow"]
    assert counts_per_fold(pinned.table, "Knock") == [0, 1, 1, 1]
    assert pinned.table["fold"].value_counts().min() >= 3


def test_many_rare_classes_are_counted() -> None:
    rows = catalogue(["Bark"] * 12 + [f"Rare_{i}" for i in range(8)])
    (warning,) = pin_labels(rows, config(n_folds=4)).warnings
    assert warning.startswith("8 classes")
    assert "Rare_4 (1) and 3 more" in warning
    assert "Rare_5" not in warning


def test_no_class_reaches_the_number_of_folds() -> None:
    pinned = pin_labels(catalogue(["Bark"] * 4 + ["Knock"] * 3 + ["Meow"] * 3), config(n_folds=10))
    assert sorted(pinned.table["fold"]) == list(range(10))
    assert "3 classes" in pinned.warnings[0]


@pytest.mark.parametrize("task", ["single", "multi"])
def test_no_fold_is_empty_on_small_sets(task: str) -> None:
    rng = np.random.default_rng(0)
    for n_folds in range(2, 8):
        labels = [f"Class_{number}" for number in rng.integers(0, 4, n_folds + 1)]
        labels[:2] = ["Class_0", "Class_1"]
        pinned = pin_labels(catalogue(labels), config(n_folds=n_folds, task=task))
        assert pinned.table["fold"].nunique() == n_folds


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["Bark"] * 2 + ["Knock"] * 2, "4 readable single-label clips of 2 classes in curated"),
        (["Bark"] * 9, "9 readable single-label clips of 1 classes"),
        (["Bark,Knock"] * 9, "0 readable single-label clips of 0 classes"),
    ],
    ids=["fewer clips than folds", "one class", "no clip"],
)
def test_too_little_to_train_on(labels: list[str], found: str) -> None:
    with pytest.raises(ConfigError, match=found) as caught:
        pin_labels(catalogue(labels), config(n_folds=5))
    assert "at least 5 clips" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_targets_are_the_matrix_of_the_pinned_labels() -> None:
    pinned = pin_labels(catalogue(["Knock", "Bark"] * 2), config(n_folds=2))
    np.testing.assert_array_equal(pinned.targets, [[0, 1], [1, 0], [0, 1], [1, 0]])


@pytest.mark.parametrize("task", ["single", "multi"])
def test_clips_of_one_source_share_a_fold(task: str) -> None:
    rows = catalogue(["Bark", "Knock"] * 20).assign(source=[f"tape {i // 4}" for i in range(40)])
    pinned = pin_labels(rows, config(n_folds=5, task=task))
    assert pinned.table.groupby(rows["source"])["fold"].nunique().tolist() == [1] * 10
    assert pinned.table["fold"].value_counts().tolist() == [8] * 5
    assert pinned.warnings == ["The 40 clips come from 10 sources; clips of one source share a fold."]


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [("source", "flickr_video_URL"), ("source", "freesound_id"), ("flickr_video_URL", "freesound_id")],
)
def test_the_first_of_several_source_columns_counts(stronger: str, weaker: str) -> None:
    tapes = [f"tape {i // 2}" for i in range(40)]
    others = ["tape 0", *tapes[:-1]]  # each joins the clips that the tapes keep apart
    rows = catalogue(["Bark", "Knock"] * 20).assign(**{weaker: others, stronger: tapes})
    folds = pin_labels(rows, config(n_folds=5)).table["fold"]
    assert folds.groupby(tapes).nunique().tolist() == [1] * 20
    assert folds.groupby(others).nunique().max() == 2
    only_weaker = rows.assign(**{stronger: ""})
    folds = pin_labels(only_weaker, config(n_folds=5)).table["fold"]
    assert folds.groupby(others).nunique().max() == 1


@pytest.mark.parametrize("task", ["single", "multi"])
def test_a_source_is_stratified_by_the_labels_of_all_its_clips(task: str) -> None:
    labels = [name for i in range(20) for name in (("Bark", "Knock")[i % 2], "Alarm")]
    rows = catalogue(labels).assign(source=[f"tape {i // 2}" for i in range(40)])
    table = pin_labels(rows, config(n_folds=5, task=task)).table
    assert counts_per_fold(table, "Bark") == [2] * 5, "the last clip of each tape is an Alarm"
    assert counts_per_fold(table, "Knock") == [2] * 5


def test_clips_without_a_source_are_their_own() -> None:
    rows = catalogue(["Bark", "Knock"] * 10).assign(flickr_video_URL=["film"] * 4 + [""] * 14 + [None] * 2)
    pinned = pin_labels(rows, config(n_folds=5))
    assert len(set(pinned.table["fold"].iloc[:4])) == 1
    assert pinned.table["fold"].nunique() == 5
    assert pinned.warnings == ["The 20 clips come from 17 sources; clips of one source share a fold."]


def test_a_source_for_each_clip_changes_nothing() -> None:
    rows = catalogue(["Bark", "Knock"] * 20)
    plain = pin_labels(rows, config(n_folds=5))
    named = pin_labels(rows.assign(freesound_id=[str(i) for i in range(40)]), config(n_folds=5))
    pd.testing.assert_frame_equal(named.table, plain.table)
    assert named.warnings == []


def test_fewer_sources_than_folds_is_an_error() -> None:
    rows = catalogue(["Bark", "Knock"] * 20).assign(source=["a", "b"] * 20)
    with pytest.raises(ConfigError, match=r"come from 2 source\(s\): expected at least 5"):
        pin_labels(rows, config(n_folds=5))


def denying(*denied: str) -> pd.DataFrame:
    """Clips of two classes, and clips without a label of which these are denied."""
    labelled = catalogue(["Bark", "Meow"] * 4).assign(denied="Meow")
    return pd.concat(
        [labelled, catalogue([""] * len(denied), "noisy").assign(denied=denied)], ignore_index=True
    )


def test_clips_that_only_deny_teach_that_where_there_are_several_labels() -> None:
    rows = denying("Bark", "Howl", "", "Howl,Meow")
    pinned = pin_labels(rows, config(n_folds=2, task="multi", splits=["curated", "noisy"]))
    assert len(pinned.table) == 8
    assert pinned.denied.to_numpy().tolist() == [
        ["noisy/000.wav", "Bark", -1],
        ["noisy/003.wav", "Howl,Meow", -1],
    ]
    assert pinned.warnings == [
        "2 clips without a label: only what is denied is taught by them.",
        "1 clip left out: all labels are denied, and no other clip has these classes.",
    ]


def test_the_fold_that_holds_a_source_out_does_not_train_on_a_clip_that_only_denies() -> None:
    rows = denying("Bark", "Meow", "Bark").assign(source=[*"abcdefgh", "c", "", "elsewhere"])
    pinned = pin_labels(rows, config(n_folds=2, task="multi", splits=["curated", "noisy"]))
    of_source = pinned.table.set_index("clip_id").loc["curated/002.wav", "fold"]
    assert pinned.denied["fold"].tolist() == [of_source, -1, -1]


def test_clips_that_only_deny_are_left_out_of_single_labels_with_a_line() -> None:
    pinned = pin_labels(denying("Bark", "Meow"), config(n_folds=2, splits=["curated", "noisy"]))
    assert len(pinned.table) == 8
    assert pinned.denied.empty
    assert pinned.warnings == ["2 clips left out: all labels are denied, and one label is expected."]
