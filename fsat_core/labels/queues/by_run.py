"""The orders by a run: a `QueueRequest` and the run give the columns `clip_id, reason, suggested`.

References
----------
McCallum & Nigam (1998), "Employing EM and pool-based active learning for text classification", ICML: how far
a committee disagrees, as the mean Kullback-Leibler divergence of its members from their mean.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import entr

from fsat_core.errors import RunError
from fsat_core.evaluation.label_quality import WRONG_BELOW, label_quality, rank, relabel
from fsat_core.labels.queues.by_catalogue import as_given
from fsat_core.labels.queues.request import QueueRequest
from fsat_core.runs.predictions import Predictions, load_oof, scored_clips
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import load_test_predictions

_SHARE_OF_TWO = 0.5


def suspect(request: QueueRequest, run: Run) -> pd.DataFrame:
    return most_suspect(rank(run, request.clips))


def most_suspect(ranked: pd.DataFrame) -> pd.DataFrame:
    """The order of clips as from `rank_predictions`, with what speaks against each label."""
    reasons = [
        f"label {label} {p:.2f}, {rival} {rival_p:.2f}" if rival else f"label {label} {p:.2f}"
        for label, p, rival, rival_p in ranked[
            ["label", "probability", "rival", "rival_probability"]
        ].itertuples(index=False)
    ]
    return _order(ranked["clip_id"].tolist(), reasons, ranked["suggested"].tolist())


def as_judged(request: QueueRequest, run: Run) -> pd.DataFrame:
    """The clips that were chosen one by one, in their order, with what the run says of each."""
    given = as_given(request)["clip_id"]
    said = suspect(request, run).set_index("clip_id").reindex(given).fillna("")
    return _order(given.tolist(), said["reason"].tolist(), said["suggested"].tolist())


def noisy(request: QueueRequest, run: Run) -> pd.DataFrame:
    noisy = request.clips.loc[request.clips["split"] == "noisy", "clip_id"]
    ranked = suspect(request, run)
    ranked = ranked[ranked["clip_id"].isin(noisy)]
    rest = noisy[~noisy.isin(ranked["clip_id"])].tolist()
    unknown = _order(rest, ["the run has not predicted this clip"] * len(rest), [""] * len(rest))
    return pd.concat([ranked, unknown])


def multi_label(request: QueueRequest, run: Run) -> pd.DataFrame:
    oof = relabel(load_oof(run, with_noisy=True), request.clips)
    quality = label_quality(oof.truth, oof.probabilities)
    in_doubt: np.ndarray = np.any(quality < WRONG_BELOW, axis=1, keepdims=True)
    usual = _usual(oof)
    # A single-label network gives one class to each clip: two classes in a clip share the probability of one.
    needed = usual * (_SHARE_OF_TWO if run.config.task == "single" else 1.0)
    ratio = np.divide(oof.probabilities, needed, out=np.zeros_like(oof.probabilities), where=needed > 0)
    ratio = np.where((oof.truth > 0) | np.isnan(ratio) | in_doubt, 0.0, ratio)
    second, best = ratio.argmax(axis=1), ratio.max(axis=1, initial=0.0)
    rows = [row for row in np.argsort(-best, kind="stable") if best[row] >= 1]
    names, labels = oof.classes, oof.labels()
    return _order(
        [oof.clip_ids[row] for row in rows],
        [
            f"{names[second[row]]} {oof.probabilities[row, second[row]]:.2f}, "
            f"where labelled {usual[second[row]]:.2f}"
            for row in rows
        ],
        [f"{labels[row]},{names[second[row]]}" for row in rows],
    )


def _usual(oof: Predictions) -> np.ndarray:
    """The mean probability of each class in the clips that have it [shape=(C,)]; NaN where none has.

    By curated clips where there are any: a noisy one may have the label and not the sound.
    """
    curated = oof.select(scored_clips(oof.clip_ids))
    given = curated.truth > 0
    counts = given.sum(axis=0)
    sums = np.where(given, curated.probabilities, 0.0).sum(axis=0)
    return np.divide(sums, counts, out=np.full(len(oof.classes), np.nan), where=counts > 0)


def disagreement(request: QueueRequest, run: Run) -> pd.DataFrame:
    runs = [run, *request.others]
    clip_ids, classes, members = _between_runs(runs) if request.others else _between_folds(run)
    known = set(request.clips["clip_id"])
    divergence = _divergence(members, all(member.config.task == "single" for member in runs))
    rows = [row for row in np.argsort(-divergence, kind="stable") if clip_ids[row] in known]
    likeliest, votes = members.mean(axis=0).argmax(axis=1), members.argmax(axis=2)
    return _order(
        [clip_ids[row] for row in rows],
        [_count([classes[vote] for vote in votes[:, row]]) for row in rows],
        [classes[likeliest[row]] for row in rows],
    )


def _between_folds(run: Run) -> tuple[list[str], list[str], np.ndarray]:
    """Clips, classes and predictions [shape=(M, N, C)] of a run's folds for its test clips."""
    folds = run.folds
    clip_ids, members = load_test_predictions(run, folds) if len(folds) > 1 else ([], np.empty(0))
    if not clip_ids:
        raise RunError(
            f"Run '{run.run_id}' has {len(folds)} finished fold(s) and {len(run.test_clips())} test clips: "
            "expected two folds or more and test clips, to see where folds differ. Choose another run, or "
            "several."
        )
    return clip_ids, run.classes, members.astype(np.float64)


def _between_runs(runs: Sequence[Run]) -> tuple[list[str], list[str], np.ndarray]:
    """Clips and classes that all runs know, and their out-of-fold predictions [shape=(M, N, C)]."""
    oofs = [load_oof(run, with_noisy=True) for run in runs]
    shared_clips = set.intersection(*(set(oof.clip_ids) for oof in oofs))
    shared_classes = set.intersection(*(set(oof.classes) for oof in oofs))
    clip_ids = [clip_id for clip_id in oofs[0].clip_ids if clip_id in shared_clips]
    classes = [name for name in oofs[0].classes if name in shared_classes]
    if not clip_ids or len(classes) < 2:
        raise RunError(
            f"The runs {', '.join(run.run_id for run in runs)} have {len(clip_ids)} clips and {len(classes)} "
            "classes in common: expected runs on the same set and splits. Choose others."
        )
    return clip_ids, classes, np.stack([oof.select(clip_ids).widen(classes).probabilities for oof in oofs])


def _divergence(members: np.ndarray, is_single: bool) -> np.ndarray:
    """How far members differ on each clip [shape=(N,)]: entropy of their mean less their mean entropy."""
    if is_single:
        members = members / np.maximum(members.sum(axis=2, keepdims=True), 1e-12)
        return _entropy(members.mean(axis=0)) - _entropy(members).mean(axis=0)
    both = np.concatenate([members, 1 - members], axis=2)  # each class a question of its own
    return _entropy(both.mean(axis=0)) - _entropy(both).mean(axis=0)


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    return entr(probabilities).sum(axis=-1)


def _count(votes: Sequence[str]) -> str:
    return ", ".join(f"{num} × {name}" for name, num in Counter(votes).most_common())


def _order(clip_ids: Sequence[str], reasons: Sequence[str], suggested: Sequence[str]) -> pd.DataFrame:
    columns = {"clip_id": clip_ids, "reason": reasons, "suggested": suggested}
    return pd.DataFrame(columns, dtype="str")
