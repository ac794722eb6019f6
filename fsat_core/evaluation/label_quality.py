"""Which labels are probably wrong, by predictions of networks that did not train on the clip.

A label's quality is its probability as a share of the strongest class that the clip is not labelled with:
the margin between the two, on a log scale. It needs no measure of how sure networks are of a class, and is
the same for one label per clip and for several. A clip is as good as the worst of its labels. It is one
line of arithmetic, so cleanlab, the known package for such scores (AGPL), is not needed.

References
----------
Kuan & Mueller (2022), "Model-agnostic label quality scoring to detect real-world label errors", ICML DataPerf
workshop: scores by self-confidence and by margin, from out-of-fold probabilities.
Thyagarajan, Snorrason, Northcutt & Mueller (2022), "Identifying incorrect annotations in multi-label
classification data", arXiv 2211.13895: a score for each label, and a clip's score from these.
"""

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import label_matrix, used_classes
from fsat_core.runs.predictions import Predictions, load_oof
from fsat_core.runs.run import Run

WRONG_BELOW = 0.25  # a label of lower quality is taken for wrong; docs/measured.md says how well that works


def label_quality(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """How far out-of-fold probabilities support each given label.

    Parameters
    ----------
    truth : np.ndarray [shape=(N, C)]
        1 for each label of a clip, else 0.
    probabilities : np.ndarray [shape=(N, C)]
        Out-of-fold probabilities; NaN where no network knows the class.

    Returns
    -------
    np.ndarray [shape=(N, C)]
        0 to 1, where 1 says that no other class is more probable; NaN where the clip does not have the label
        or no network knows it.
    """
    given = truth > 0
    rivals = np.where(given | np.isnan(probabilities), 0.0, probabilities)
    strongest = rivals.max(axis=1, keepdims=True, initial=0.0)
    above = np.maximum(probabilities, strongest)
    share = np.divide(probabilities, above, out=np.zeros_like(probabilities, dtype=float), where=above > 0)
    return np.where(given & ~np.isnan(probabilities), share, np.nan)


def rank(run: Run, labels: pd.DataFrame | None = None) -> pd.DataFrame:
    """Clips by how far a run's out-of-fold predictions support their labels, most suspect first.

    Parameters
    ----------
    run : Run
        A finished one. Its noisy clips are ranked too.
    labels : pd.DataFrame, optional
        Columns `clip_id, labels`: what clips are labelled with now. By default the labels that the run has
        pinned.

    Returns
    -------
    pd.DataFrame
        One row per clip that both the run and `labels` have, less those without a label that the run knows:

        - `clip_id, labels`;
        - `score`: the quality of its worst label, 0 to 1;
        - `suggested`: the strongest class that it is not labelled with, beside those of several labels that
          are not in doubt (`WRONG_BELOW`) where another one is; "" for a clip with every class;
        - `label, probability, rival, rival_probability`: the worst label, that class, and what the run says
          of both.

        Of equal scores, the clip with the less probable label is first.

    Raises
    ------
    RunError
        If the run has no out-of-fold predictions.
    """
    return rank_predictions(
        relabel(load_oof(run, with_noisy=True), run.labels() if labels is None else labels)
    )


def rank_predictions(oof: Predictions) -> pd.DataFrame:
    """As `rank`, by predictions of whatever did not learn from the clip, beside its labels."""
    quality = label_quality(oof.truth, oof.probabilities)
    known = ~np.isnan(quality).all(axis=1)
    quality, truth, probabilities = quality[known], oof.truth[known], oof.probabilities[known]
    clip_ids = [clip_id for clip_id, is_known in zip(oof.clip_ids, known, strict=True) if is_known]
    if not clip_ids:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    names = np.array([*oof.classes, ""], dtype=object)
    worst, rival = np.nanargmin(quality, axis=1), _strongest_other(truth, probabilities)
    rows = np.arange(len(clip_ids))
    table = pd.DataFrame(
        {
            "clip_id": clip_ids,
            "labels": [",".join(names[:-1][row > 0]) for row in truth],
            "score": quality[rows, worst],
            "suggested": [_suggest(*row, names) for row in zip(truth, quality, rival, strict=True)],
            "label": names[worst],
            "probability": probabilities[rows, worst],
            "rival": names[rival],
            "rival_probability": np.where(rival < 0, np.nan, probabilities[rows, rival]),
        }
    )
    return table.sort_values(["score", "probability"], kind="stable", ignore_index=True).astype(_COLUMNS)


def relabel(predictions: Predictions, labels: pd.DataFrame, fill: float = np.nan) -> Predictions:
    """The same predictions beside other labels.

    Parameters
    ----------
    labels : pd.DataFrame
        Columns `clip_id, labels`. Clips that it does not have, or without labels, are left out.
    fill : float
        The probability of classes that are only in `labels`: 0 where predictions are scored.

    Returns
    -------
    Predictions
        Classes that are only in `labels` follow the others.
    """
    texts = labels.loc[labels["labels"] != ""].set_index("clip_id")["labels"]
    clip_ids = [clip_id for clip_id in predictions.clip_ids if clip_id in texts.index]
    texts = texts[clip_ids]
    classes = [*predictions.classes, *sorted(used_classes(texts) - set(predictions.classes))]
    wide = predictions.select(clip_ids).widen(classes, fill)
    return type(predictions)(clip_ids, classes, label_matrix(texts, classes), wide.probabilities)


_COLUMNS = {
    "clip_id": "str",
    "labels": "str",
    "score": "float64",
    "suggested": "str",
    "label": "str",
    "probability": "float64",
    "rival": "str",
    "rival_probability": "float64",
}


def _strongest_other(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The column of the strongest class that each clip is not labelled with; -1 where it has all of them."""
    others = np.where((truth > 0) | np.isnan(probabilities), -1.0, probabilities)
    return np.where(others.max(axis=1) < 0, -1, others.argmax(axis=1))


def _suggest(truth: np.ndarray, quality: np.ndarray, rival: int, names: np.ndarray) -> str:
    if rival < 0:
        return ""
    doubted = quality < WRONG_BELOW
    kept = (truth > 0) & ~doubted if doubted.any() else np.zeros(len(truth), dtype=bool)
    return ",".join([*names[:-1][kept], names[rival]])
