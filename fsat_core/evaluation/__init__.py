"""Scoring runs: their predictions beside the truth, scores, and what is wrong where. Imports no Keras."""

from fsat_core.evaluation.comparison import (
    Pair,
    changed_clips,
    compare,
    describe_changes,
    describe_unshared,
    largest_changes,
    pair_up,
    sort_changes,
)
from fsat_core.evaluation.confusions import (
    Cell,
    Confusions,
    confused_clips,
    confusion,
    count_confusions,
    describe_confusion,
    describe_outranking,
    largest_confusions,
    most_confused,
    name_cell,
    outranked_clips,
    outranking,
)
from fsat_core.evaluation.curated import WARNING_CURATED, curated_warning
from fsat_core.evaluation.diagnosis import answer, calibration, describe_calibration, worst_clips
from fsat_core.evaluation.scores import (
    Scores,
    describe_class_scores,
    per_class,
    score,
    score_by_usage,
    sort_scores,
)
from fsat_core.evaluation.truth import read_truth
from fsat_core.runs.predictions import Predictions, load_oof, load_test

__all__ = [
    "WARNING_CURATED",
    "Cell",
    "Confusions",
    "Pair",
    "Predictions",
    "Scores",
    "answer",
    "calibration",
    "changed_clips",
    "compare",
    "confused_clips",
    "confusion",
    "count_confusions",
    "curated_warning",
    "describe_calibration",
    "describe_changes",
    "describe_class_scores",
    "describe_confusion",
    "describe_outranking",
    "describe_unshared",
    "largest_changes",
    "largest_confusions",
    "load_oof",
    "load_test",
    "most_confused",
    "name_cell",
    "outranked_clips",
    "outranking",
    "pair_up",
    "per_class",
    "read_truth",
    "score",
    "score_by_usage",
    "sort_changes",
    "sort_scores",
    "worst_clips",
]
