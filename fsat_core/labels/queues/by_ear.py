"""The order by what a pretrained network hears: which clips teach most, before anything is trained.

References
----------
Nemhauser, Wolsey & Fisher (1978), "An analysis of approximations for maximizing submodular set functions",
Mathematical Programming 14: clips chosen one by one so that each clip has a chosen one near to it.
Scheffer, Decomain & Wrobel (2001), "Active hidden Markov models for information extraction", IDA: the margin
between the two likeliest classes.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.learner import Learner
from fsat_core.errors import LabelError
from fsat_core.labels.queues.request import QueueRequest
from fsat_core.text import counted

NUM_FIRST = 20  # clips that stand for others, before it is asked which are between two classes
_MOST = 2_000  # clips that are compared with each other


def cold_start(request: QueueRequest) -> pd.DataFrame:
    store = request.heard
    if store is None:
        raise LabelError("YAMNet has not heard the clips yet: expected all of them. Run `fsat embed`.")
    clips = request.clips[request.clips["split"] != "test"]
    labels = dict(zip(clips["clip_id"], clips["labels"], strict=True))
    heard = [clip_id for clip_id in labels if store.row(clip_id) is not None]
    known = {clip_id: labels[clip_id] for clip_id in heard if labels[clip_id]}
    settled = [clip_id for clip_id in heard if not labels[clip_id] and clip_id in request.settled]
    unknown = [clip_id for clip_id in heard if not labels[clip_id] and clip_id not in request.settled]
    if len(known) < NUM_FIRST:
        return _that_stand_for_others(store, [*known, *settled], unknown, NUM_FIRST - len(known))
    return _between_two_classes(store, known, unknown, request.classes)


def _that_stand_for_others(
    store: EmbeddingStore, known: Sequence[str], unknown: Sequence[str], count: int
) -> pd.DataFrame:
    """Clips that have most others near to them, which no clip before stands for."""
    step = -(-len(unknown) // _MOST) or 1
    some = list(unknown[::step])
    vectors = _directions(store, [*known, *some])
    known_ones, others = vectors[: len(known)], vectors[len(known) :]
    distances = 1 - others @ others.T
    left = np.minimum(2.0, (1 - others @ known_ones.T).min(axis=1, initial=2.0))
    chosen: list[int] = []
    reasons: list[str] = []
    for _ in range(min(count, len(some))):
        gains = np.maximum(left[:, np.newaxis] - distances, 0).sum(axis=0)
        gains[chosen] = -1
        best = int(gains.argmax())
        nearer = int((distances[:, best] < left).sum())
        chosen.append(best)
        reasons.append(f"stands for {counted(nearer * step, 'clip')}")
        left = np.minimum(left, distances[:, best])
    return _order([some[at] for at in chosen], reasons)


def _between_two_classes(
    store: EmbeddingStore, known: dict[str, str], unknown: Sequence[str], classes: Sequence[str]
) -> pd.DataFrame:
    """Clips whose two likeliest classes are closest, by what all labelled clips teach."""
    learner = Learner(store, classes)
    learner.learn(known)
    probabilities = learner.probabilities(unknown)
    if len(classes) < 2:
        return _order(unknown, [""] * len(unknown))
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    (first, second) = np.take_along_axis(probabilities, best, axis=1).T
    rows = np.argsort(first - second, kind="stable")
    reasons = [
        f"{classes[best[row, 0]]} {first[row]:.2f}, {classes[best[row, 1]]} {second[row]:.2f}" for row in rows
    ]
    return _order([unknown[row] for row in rows], reasons)


def _directions(store: EmbeddingStore, clip_ids: Sequence[str]) -> np.ndarray:
    rows = [row for clip_id in clip_ids if (row := store.row(clip_id)) is not None]
    vectors = store.means[rows].astype(np.float32)
    vectors -= vectors.mean(axis=0) if len(vectors) else 0
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _order(clip_ids: Sequence[str], reasons: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"clip_id": clip_ids, "reason": reasons}, dtype="str")
