"""Ensembles: the members of saved runs, their combination, and predictions for files. Imports no Keras."""

from fsat_core.ensemble.combine import Combination, combine_probabilities
from fsat_core.ensemble.predict import ClipPrediction, predict_files

__all__ = ["ClipPrediction", "Combination", "combine_probabilities", "predict_files"]
