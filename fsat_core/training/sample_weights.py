"""How much each clip counts in training: less where its label is doubtful."""

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


def clip_weights(
    pinned: LabelledClips, config: TrainConfig, judges: Sequence[Predictions] = ()
) -> tuple[np.ndarray, list[str]]:
    """The weight of each clip [shape=(num_clips,)], 0 to 1, and lines for the user.

    Noisy clips count `config.noisy_weight`. A clip that earlier runs predicted out of fold counts as the
    share of its labels whose quality is `WRONG_BELOW` or more: not at all, where its only label's is less.

    Parameters
    ----------
    judges : sequence of Predictions
        Out-of-fold predictions of the runs that `config.agree_with` names; their own labels are not used.

    Raises
    ------
    ConfigError
        If the judges know none of the clips.
    """
    clip_ids = pinned.table["clip_id"].tolist()
    is_noisy = np.array([split_of(clip_id) == "noisy" for clip_id in clip_ids])
    weights = np.where(is_noisy, config.noisy_weight, 1.0)
    if not judges:
        return weights, []
    trust = np.ones(len(clip_ids))
    known, probabilities = _predicted(clip_ids, pinned.classes, judges, config.task == "single")
    if not known.any():
        raise ConfigError(
            f"The runs {', '.join(config.agree_with)} predicted none of the {len(clip_ids)} clips out of "
            "fold: expected runs on the same set and splits. Choose others in agree_with, or none."
        )
    truth = label_matrix(pinned.table["labels"], pinned.classes)[known]
    wrong = label_quality(truth, probabilities[known]) < WRONG_BELOW
    trust[known] = 1 - wrong.sum(axis=1) / truth.sum(axis=1)
    return weights * trust, _describe(trust, known)


def _predicted(
    clip_ids: list[str], classes: list[str], judges: Sequence[Predictions], normalise: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Which clips any judge predicted [shape=(N,)], and the geometric mean [shape=(N, C)] of those who did.

    NaN where no judge knows the clip or the class.
    """
    members = np.full((len(judges), len(clip_ids), len(classes)), np.nan)
    row = {clip_id: index for index, clip_id in enumerate(clip_ids)}
    for member, judge in zip(members, judges, strict=True):
        shared = [clip_id for clip_id in judge.clip_ids if clip_id in row]
        member[[row[clip_id] for clip_id in shared]] = (
            judge.select(shared).widen(classes, fill=np.nan).probabilities
        )
    is_known = ~np.isnan(members).all(axis=0)
    combined = combine_probabilities(members, "geometric", normalise)
    return is_known.any(axis=1), np.where(is_known, combined, np.nan)


def _describe(trust: np.ndarray, known: np.ndarray) -> list[str]:
    lines = [
        f"{(trust == 0).sum():,} of {len(trust):,} clips are left out of training: "
        "earlier runs say that the label is wrong."
    ]
    if lessened := ((trust > 0) & (trust < 1)).sum():
        lines.append(f"{lessened:,} clips count less: earlier runs say that one of their labels is wrong.")
    if not known.all():
        lines.append(f"{(~known).sum():,} clips count fully: no run to agree with has predicted them.")
    return lines
