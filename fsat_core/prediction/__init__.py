"""Ensembles: members of saved runs, their combination and stacking, predictions for files, submissions.

Imports no Keras.
"""

from fsat_core.prediction.clip_prediction import (
    ClipPrediction,
    describe_prediction,
    predictions_csv,
    window_edges,
)
from fsat_core.prediction.combine import Combination, combine_probabilities, weigh_probabilities
from fsat_core.prediction.predict import distinct_names, predict_files
from fsat_core.prediction.submission import write_submission, write_top3
from fsat_core.prediction.together import combine_runs, fit_stack, leave_one_out

__all__ = [
    "ClipPrediction",
    "Combination",
    "combine_probabilities",
    "combine_runs",
    "describe_prediction",
    "distinct_names",
    "fit_stack",
    "leave_one_out",
    "predict_files",
    "predictions_csv",
    "weigh_probabilities",
    "window_edges",
    "write_submission",
    "write_top3",
]
