"""How much clips count in training: noisy ones less, and those whose label earlier runs do not believe."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError
from fsat_core.runs.predictions import Predictions
from fsat_core.training.folds import LabelledClips
from fsat_core.training.sample_weights import sample_weights

CLASSES = ["Bark", "Knock"]


def pinned(rows: dict[str, str], classes: list[str] = CLASSES) -> LabelledClips:
    table = pd.DataFrame({"clip_id": list(rows), "labels": list(rows.values()), "fold": 0})
    return LabelledClips(table, classes, [])


def judge(rows: dict[str, list[float]], classes: list[str] = CLASSES) -> Predictions:
    probabilities = np.array(list(rows.values()))
    return Predictions(list(rows), classes, np.zeros_like(probabilities), probabilities)


def config(**values: Any) -> TrainConfig:
    return TrainConfig.from_recipe("mfcc_dummy", **values)


CLIPS = {
    "curated/a.wav": "Bark",
    "curated/b.wav": "Bark",
    "curated/c.wav": "Knock",
    "noisy/d.wav": "Knock",
    "noisy/e.wav": "Knock",
}
SAID = {
    "curated/a.wav": [0.9, 0.1],
    "curated/b.wav": [0.8, 0.2],
    "curated/c.wav": [0.1, 0.9],
    "noisy/d.wav": [0.2, 0.8],
    "noisy/e.wav": [0.9, 0.1],
}


def test_without_judges_only_noisy_clips_count_less() -> None:
    weights, notes = sample_weights(pinned(CLIPS), config(noisy_weight=0.5))
    assert weights.tolist() == [1, 1, 1, 0.5, 0.5]
    assert notes == []


def test_a_label_that_earlier_runs_find_wrong_does_not_count() -> None:
    weights, notes = sample_weights(pinned(CLIPS), config(noisy_weight=0.5, agree_with=("x",)), [judge(SAID)])
    assert weights.tolist() == [1, 1, 1, 0.5, 0]
    assert notes == [
        "1 of 5 clips are left out of training: earlier runs say that the label is wrong.",
    ]


def test_a_clip_with_one_wrong_label_of_two_counts_half() -> None:
    classes = [*CLASSES, "Meow"]
    clips = {"a": "Bark,Knock", "b": "Meow", "c": "Bark,Knock", "d": "Bark,Knock"}
    rows = {"a": [0.9, 0.1, 0.6], "b": [0.1, 0.1, 0.9], "c": [0.1, 0.9, 0.6], "d": [0.1, 0.1, 0.9]}
    multi = config(task="multi", agree_with=("x",))
    weights, notes = sample_weights(pinned(clips, classes), multi, [judge(rows, classes)])
    assert weights.tolist() == [0.5, 1, 0.5, 0], "both labels of the last one are wrong"
    assert notes[0].startswith("1 of 4 clips are left out")
    assert notes[1] == "2 clips count less: earlier runs say that one of their labels is wrong."


def test_a_class_that_earlier_runs_do_not_know_is_not_doubted() -> None:
    said = judge({"curated/a.wav": [0.9], "curated/b.wav": [0.1]}, ["Bark"])
    clips = {"curated/a.wav": "Bark", "curated/b.wav": "Knock"}
    weights, notes = sample_weights(pinned(clips), config(agree_with=("x",)), [said])
    assert weights.tolist() == [1, 1]
    assert len(notes) == 1, "both clips were predicted"


def test_clips_that_no_judge_knows_count_fully() -> None:
    said = {clip_id: row for clip_id, row in SAID.items() if clip_id.startswith("curated/")}
    weights, notes = sample_weights(pinned(CLIPS), config(agree_with=("x",)), [judge(said)])
    assert weights.tolist() == [1] * 5
    assert notes[1] == "2 clips count fully: no run to agree with has predicted them."


def test_judges_with_other_classes_and_clips_are_put_together() -> None:
    swapped = judge({"noisy/e.wav": [0.1, 0.9], "noisy/zzz.wav": [0.5, 0.5]}, ["Knock", "Bark"])
    rest = judge({clip_id: row for clip_id, row in SAID.items() if clip_id != "noisy/e.wav"})
    weights, _ = sample_weights(pinned(CLIPS), config(agree_with=("x", "y")), [swapped, rest])
    assert weights.tolist() == [1, 1, 1, 1, 0]


def test_judges_of_other_clips_are_an_error() -> None:
    with pytest.raises(ConfigError, match="predicted none of the 5 clips"):
        sample_weights(pinned(CLIPS), config(agree_with=("x",)), [judge({"curated/z.wav": [0.5, 0.5]})])
