"""Judging runs: their predictions beside the truth, scores, and what is wrong where. Imports no Keras."""

from fsat_core.evaluation.diagnosis import calibration, confusion, worst_clips
from fsat_core.evaluation.scores import WARNING_CURATED, Scores, compare, per_class, score, score_by_usage
from fsat_core.evaluation.truth import read_truth
from fsat_core.runs.predictions import Predictions, load_oof, load_test

__all__ = [
    "WARNING_CURATED",
    "Predictions",
    "Scores",
    "calibration",
    "compare",
    "confusion",
    "load_oof",
    "load_test",
    "per_class",
    "read_truth",
    "score",
    "score_by_usage",
    "worst_clips",
]
