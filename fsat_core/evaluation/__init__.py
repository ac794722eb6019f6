"""Judging runs: their predictions beside the truth, scores, and what is wrong where. Imports no Keras."""

from fsat_core.evaluation.comparison import Pair, changed_clips, compare, pair_up
from fsat_core.evaluation.curated import WARNING_CURATED, curated_warning
from fsat_core.evaluation.diagnosis import (
    calibration,
    confused_clips,
    confusion,
    outranked_clips,
    outranking,
    worst_clips,
)
from fsat_core.evaluation.scores import Scores, per_class, score, score_by_usage
from fsat_core.evaluation.truth import read_truth
from fsat_core.runs.predictions import Predictions, load_oof, load_test

__all__ = [
    "WARNING_CURATED",
    "Pair",
    "Predictions",
    "Scores",
    "calibration",
    "changed_clips",
    "compare",
    "confused_clips",
    "confusion",
    "curated_warning",
    "load_oof",
    "load_test",
    "outranked_clips",
    "outranking",
    "pair_up",
    "per_class",
    "read_truth",
    "score",
    "score_by_usage",
    "worst_clips",
]
