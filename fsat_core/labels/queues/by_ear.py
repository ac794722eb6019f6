"""The orders by what a pretrained network hears: which clips teach most, are odd or stand for others.

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

from fsat_core.dataset import split_labels
from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.learner import Learner
from fsat_core.errors import DatasetError, LabelError
from fsat_core.evaluation.by_ear import rank_by_ear
from fsat_core.labels.queues.by_run import most_suspect
from fsat_core.labels.queues.request import QueueRequest
from fsat_core.text import counted

NUM_FIRST = 20  # clips that stand for others, before it is asked which are between two classes
_MOST = 2_000  # clips that are compared with each other
_MOST_SPREAD = 500  # clips that are chosen of these
_NEAREST = 3  # of a class: one alike may be odd itself
_FEWEST = _NEAREST + 2  # clips of a class in which one can be odd
_COPY = 0.9999  # the cosine of a clip to itself, or to a copy
_BLOCK = 1_000


def cold_start(request: QueueRequest) -> pd.DataFrame:
    store = heard_store(request)
    labels = _heard_labels(request, store)
    heard = list(labels)
    known = {clip_id: labels[clip_id] for clip_id in heard if labels[clip_id]}
    settled = [clip_id for clip_id in heard if not labels[clip_id] and clip_id in request.settled]
    unknown = [clip_id for clip_id in heard if not labels[clip_id] and clip_id not in request.settled]
    if len(known) < NUM_FIRST:
        return _that_stand_for_others(store, [*known, *settled], unknown, NUM_FIRST - len(known))
    return _between_two_classes(store, known, unknown, request.classes)


def suspect(request: QueueRequest) -> pd.DataFrame:
    try:
        ranked = rank_by_ear(heard_store(request), request.clips, request.classes, request.own_names)
    except DatasetError as error:
        raise LabelError(str(error)) from error
    return most_suspect(ranked)


def odd_ones(request: QueueRequest) -> pd.DataFrame:
    """By how much less than usual a clip sounds like its nearest of a class; of its labels, the worst."""
    store = heard_store(request)
    labels = _heard_labels(request, store)
    clip_ids, members = list(labels), dict[str, list[int]]()
    for at, text in enumerate(labels.values()):
        for label in split_labels(text):
            if request.label in (None, label):
                members.setdefault(label, []).append(at)
    vectors, rows = _directions(store, clip_ids), []
    for label, places in members.items():
        if len(places) < _FEWEST:
            continue
        likeness = _likeness_to_nearest(vectors[places])
        usual = float(np.median(likeness))
        rows += [
            (own - usual, clip_ids[at], f"{own:.2f} like the nearest of {label}, where {usual:.2f} is usual")
            for at, own in zip(places, likeness.tolist(), strict=True)
        ]
    found = pd.DataFrame(sorted(rows), columns=["score", "clip_id", "reason"]).drop_duplicates("clip_id")
    return in_order(found["clip_id"].tolist(), found["reason"].tolist())


def spread(request: QueueRequest) -> pd.DataFrame:
    store = heard_store(request)
    clip_ids = [
        clip_id
        for clip_id, text in _heard_labels(request, store).items()
        if request.label is None or request.label in split_labels(text)
    ]
    settled = [clip_id for clip_id in clip_ids if clip_id in request.settled]
    open_ones = [clip_id for clip_id in clip_ids if clip_id not in request.settled]
    return _that_stand_for_others(store, settled[:_MOST], open_ones, _MOST_SPREAD)


def heard_store(request: QueueRequest) -> EmbeddingStore:
    """What YAMNet hears; a LabelError where it has not heard all clips yet."""
    if request.heard is None:
        raise LabelError("YAMNet has not heard the clips yet: expected all of them. Run `fsat embed`.")
    return request.heard


def _heard_labels(request: QueueRequest, store: EmbeddingStore) -> dict[str, str]:
    """The labels of all clips to train on that have been heard."""
    clips = request.clips[request.clips["split"] != "test"]
    labels = zip(clips["clip_id"], clips["labels"], strict=True)
    return {clip_id: text for clip_id, text in labels if store.row(clip_id) is not None}


def _likeness_to_nearest(vectors: np.ndarray) -> np.ndarray:
    """The mean cosine of each direction to the nearest others [shape=(N,)]; copies of it do not count."""
    found = []
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ vectors.T
        cosines[cosines > _COPY] = -1.0
        nearest = np.sort(cosines, axis=1)[:, -_NEAREST:]
        found.append(nearest.mean(axis=1))
    return np.concatenate(found)


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
    return in_order([some[at] for at in chosen], reasons)


def _between_two_classes(
    store: EmbeddingStore, known: dict[str, str], unknown: Sequence[str], classes: Sequence[str]
) -> pd.DataFrame:
    """Clips whose two likeliest classes are closest, by what all labelled clips teach."""
    learner = Learner(store, classes)
    learner.learn(known)
    probabilities = learner.probabilities(unknown)
    if len(classes) < 2:
        return in_order(unknown, [""] * len(unknown))
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    (first, second) = np.take_along_axis(probabilities, best, axis=1).T
    rows = np.argsort(first - second, kind="stable")
    reasons = [
        f"{classes[best[row, 0]]} {first[row]:.2f}, {classes[best[row, 1]]} {second[row]:.2f}" for row in rows
    ]
    return in_order([unknown[row] for row in rows], reasons)


def _directions(store: EmbeddingStore, clip_ids: Sequence[str]) -> np.ndarray:
    rows = [row for clip_id in clip_ids if (row := store.row(clip_id)) is not None]
    vectors = store.means[rows].astype(np.float32)
    vectors -= vectors.mean(axis=0) if len(vectors) else 0
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def in_order(clip_ids: Sequence[str], reasons: Sequence[str]) -> pd.DataFrame:
    """An order: columns `clip_id, reason`."""
    return pd.DataFrame({"clip_id": clip_ids, "reason": reasons}, dtype="str")
