"""Sample weights: how much each clip counts in training, less where its label is doubtful."""

from collections.abc import Sequence

import numpy as np

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset.clip_ids import split_of
from fsat_core.dataset.label_text import label_matrix
from fsat_core.errors import ConfigError
from fsat_core.evaluation.label_quality import WRONG_BELOW, label_quality
from fsat_core.prediction.combine import combine_probabilities
from fsat_core.runs.predictions import Predictions
from fsat_core.training.folds import LabelledClips


def sample_weights(
    pinned: LabelledClips, config: TrainConfig, earlier: Sequence[Predictions] = ()
) -> tuple[np.ndarray, list[str]]:
    """The weight of each clip [shape=(num_clips,)], 0 to 1, and lines for the user.

    Noisy clips count `config.noisy_weight`. For a clip that earlier runs predicted out of fold, this is
    multiplied by the share of its labels with a quality of `WRONG_BELOW` or more: a clip whose only label
    is below it does not count at all.

    Parameters
    ----------
    earlier : sequence of Predictions
        Out-of-fold predictions of the runs that `config.agree_with` names; their own labels are not used.

    Raises
    ------
    ConfigError
        If the earlier runs predicted none of the clips.
    """
    clip_ids = pinned.table["clip_id"].tolist()
    weights = split_weights(clip_ids, config)
    if not earlier:
        return weights, []
    known, probabilities = _predicted(clip_ids, pinned.classes, earlier)
    if not known.any():
        raise ConfigError(
            f"The runs {', '.join(config.agree_with)} predicted none of the {len(clip_ids)} clips out of "
            "fold: expected runs on the same set and splits. Choose others in agree_with, or none."
        )
    truth = label_matrix(pinned.table["labels"], pinned.classes)[known]
    wrong = label_quality(truth, probabilities[known]) < WRONG_BELOW
    agreed = np.ones(len(clip_ids))
    agreed[known] = 1 - wrong.sum(axis=1) / truth.sum(axis=1)
    return weights * agreed, _describe(agreed, known)


def split_weights(clip_ids: Sequence[str], config: TrainConfig) -> np.ndarray:
    """What each clip counts by its split alone [shape=(num_clips,)]: noisy ones `config.noisy_weight`."""
    is_noisy = np.array([split_of(clip_id) == "noisy" for clip_id in clip_ids], dtype=bool)
    return np.where(is_noisy, config.noisy_weight, 1.0)


def _predicted(
    clip_ids: list[str], classes: list[str], earlier: Sequence[Predictions]
) -> tuple[np.ndarray, np.ndarray]:
    """Which clips any run predicted [shape=(N,)], and the geometric mean [shape=(N, C)] of those that did.

    NaN where no run knows the clip or the class.
    """
    members = np.full((len(earlier), len(clip_ids), len(classes)), np.nan)
    row = {clip_id: index for index, clip_id in enumerate(clip_ids)}
    for member, predictions in zip(members, earlier, strict=True):
        shared = [clip_id for clip_id in predictions.clip_ids if clip_id in row]
        member[[row[clip_id] for clip_id in shared]] = (
            predictions.select(shared).widen(classes, fill=np.nan).probabilities
        )
    is_known = ~np.isnan(members).all(axis=0)
    # Not scaled to sum to 1: a label's quality is a share of another probability of the same clip.
    combined = combine_probabilities(members, "geometric", normalise=False)
    return is_known.any(axis=1), np.where(is_known, combined, np.nan)


def _describe(agreed: np.ndarray, known: np.ndarray) -> list[str]:
    lines = [
        f"{(agreed == 0).sum():,} of {len(agreed):,} clips are left out of training: "
        "earlier runs say that the label is wrong."
    ]
    if num_lessened := ((agreed > 0) & (agreed < 1)).sum():
        lines.append(
            f"{num_lessened:,} clips count less: earlier runs say that one of their labels is wrong."
        )
    if not known.all():
        lines.append(f"{(~known).sum():,} clips count fully: no run to agree with has predicted them.")
    return lines
