"""Queues by what a clip is and is labelled with: which clips, in which order and why."""

import pandas as pd
import pytest

from fsat_core.dataset.lengths import count_same
from fsat_core.errors import LabelError
from fsat_core.labels import (
    AgreementRule,
    Decision,
    LabelStore,
    build_queue,
)
from tests.helpers.messages import refuses
from tests.helpers.queues import change, names, reasons


def _with_same(clips: pd.DataFrame) -> pd.DataFrame:
    clips = clips.reset_index(drop=True)
    return clips.assign(num_same=count_same(clips["num_frames"], clips["error"]))


def test_abnormal_lengths(catalogue: pd.DataFrame) -> None:
    for clip_id, num_frames in (
        ("curated/a.wav", 4_410),
        ("curated/b.wav", 8_820),
        ("noisy/e.wav", 2_600_000),
    ):
        change(catalogue, clip_id, num_frames=num_frames, duration_s=num_frames / 44_100)
    others = pd.concat([catalogue.assign(clip_id=f"noisy/{n}.wav") for n in range(30)], ignore_index=True)
    others["num_frames"] = range(200_000, 200_000 + 300 * len(others), 300)
    others["duration_s"] = others["num_frames"] / 44_100
    for clip_id in ("curated/c.wav", "noisy/f.wav"):
        change(catalogue, clip_id, num_frames=123_457)
    queue = build_queue("abnormal_length", _with_same(pd.concat([others, catalogue])))
    assert names(queue) == ["e", "a", "b", "c", "f"]
    assert reasons(queue) == [
        "very long: 59.0 s",
        "very short: 0.10 s",
        "very short: 0.20 s",
        *["2 clips of exactly 123,457 frames"] * 2,
    ]


def test_abnormal_lengths_in_order(catalogue: pd.DataFrame) -> None:
    others = pd.concat([catalogue.assign(clip_id=f"noisy/{n}.wav") for n in range(30)], ignore_index=True)
    others["num_frames"] = range(200_000, 200_000 + 300 * len(others), 300)
    others["duration_s"] = 5.0
    for clip_id, num_frames in (
        ("curated/a.wav", 2_600_000),
        ("curated/b.wav", 2_700_000),
        ("curated/c.wav", 150_000),
        ("curated/d.wav", 150_000),
        ("noisy/e.wav", 150_000),
        ("noisy/f.wav", 60_000),
        ("test/g.wav", 60_000),
    ):
        change(catalogue, clip_id, num_frames=num_frames, duration_s=num_frames / 44_100)
    pairs = catalogue.iloc[5:7].assign(clip_id=["noisy/i.wav", "curated/h.wav"], num_frames=100_000)
    queue = build_queue("abnormal_length", _with_same(pd.concat([others, pairs, catalogue[::-1]])))
    assert names(queue) == ["b", "a", *"cde", *"fg", *"hi"]


@pytest.mark.parametrize(
    ("kind", "column", "values"),
    [
        ("abnormal_length", "duration_s", (60.0, 70.0)),
        ("abnormal_length", "duration_s", (0.2, 0.1)),
        ("silence", "silence_ratio", (0.6, 0.7)),
        ("clipping", "clipping_ratio", (0.1, 0.2)),
    ],
)
def test_clips_alike_stay_in_the_order_of_the_catalogue(
    catalogue: pd.DataFrame, kind: str, column: str, values: tuple[float, float]
) -> None:
    clip_ids = [f"curated/{number}.wav" for number in range(40)]
    many = pd.concat([catalogue.head(1)] * len(clip_ids)).assign(clip_id=clip_ids)
    many[column] = [values[number % 2] for number in range(len(clip_ids))]
    assert build_queue(kind, many).clips["clip_id"].tolist() == clip_ids[1::2] + clip_ids[::2]


def test_silence(catalogue: pd.DataFrame) -> None:
    for clip_id, ratio in (("curated/c.wav", 0.5), ("noisy/e.wav", 1.0), ("curated/a.wav", 0.49)):
        change(catalogue, clip_id, silence_ratio=ratio)
    queue = build_queue("silence", catalogue)
    assert (names(queue), reasons(queue)) == (["e", "c"], ["100% silence", "50% silence"])


def test_clipping(catalogue: pd.DataFrame) -> None:
    for clip_id, ratio in (("curated/c.wav", 0.0012), ("noisy/e.wav", 0.2)):
        change(catalogue, clip_id, clipping_ratio=ratio)
    queue = build_queue("clipping", catalogue)
    assert names(queue) == ["e", "c"]
    assert reasons(queue) == ["20.00% of samples clipped", "0.12% of samples clipped"]


def test_duplicates_with_different_labels_come_first(catalogue: pd.DataFrame) -> None:
    for clip_id in ("curated/b.wav", "noisy/e.wav", "test/g.wav"):  # Bark, Bark and unknown: no contradiction
        change(catalogue, clip_id, content_hash="1")
    for clip_id in ("curated/a.wav", "curated/c.wav"):  # Bark and Knock
        change(catalogue, clip_id, content_hash="2")
    for clip_id in ("curated/d.wav", "curated/broken.wav"):  # nothing is known of what cannot be read
        change(catalogue, clip_id, content_hash="")
    queue = build_queue("duplicates", catalogue)
    assert names(queue) == ["a", "c", "b", "e", "g"]
    assert reasons(queue)[:3] == [
        "same sound as curated/c.wav (Knock)",
        "same sound as curated/a.wav (Bark)",
        "same sound as noisy/e.wav (Bark), test/g.wav (no label)",
    ]


def test_many_duplicates_are_not_all_named(catalogue: pd.DataFrame) -> None:
    catalogue["content_hash"] = "1"
    assert reasons(build_queue("duplicates", catalogue))[0].endswith(
        "curated/b.wav (Bark), curated/c.wav (Knock) and 4 more"
    )


def test_disputes(catalogue: pd.DataFrame, store: LabelStore) -> None:
    for clip_id in ("curated/a.wav", "noisy/e.wav", "curated/gone.wav", "curated/b.wav"):
        store.add(Decision(clip_id, "ann", "accept", "Bark"))
    store.add(Decision("noisy/e.wav", "bo", "relabel", "Knock,Bark"))
    store.add(Decision("curated/gone.wav", "bo", "remove"))
    store.add(Decision("curated/a.wav", "bo", "remove"))
    store.add(Decision("curated/b.wav", "bo", "accept", "Bark"))
    queue = build_queue("disputes", catalogue, decisions=store.decisions(), created_by="ann")
    assert names(queue) == ["a", "e"]
    assert reasons(queue) == ["ann: Bark; bo: remove", "ann: Bark; bo: Knock,Bark"]
    store.add(Decision("curated/a.wav", "chief", "accept", "Bark"))
    settled = build_queue(
        "disputes", catalogue, decisions=store.decisions(), rule=AgreementRule(2, adjudicator="chief")
    )
    assert names(settled) == ["e"]


def test_disputes_of_one_moment_are_in_the_order_of_their_names(
    catalogue: pd.DataFrame, store: LabelStore
) -> None:
    clip_ids = sorted(f"curated/{number}.wav" for number in range(40))
    for annotator, label in (("ann", "Bark"), ("bo", "Knock")):
        store.add_many([Decision(clip_id, annotator, "relabel", label) for clip_id in clip_ids[::-1]])
    many = pd.concat([catalogue.head(1)] * len(clip_ids)).assign(clip_id=clip_ids)
    queue = build_queue("disputes", many, decisions=store.decisions())
    assert queue.clips["clip_id"].tolist() == clip_ids


def test_random_order_follows_from_the_seed_alone(catalogue: pd.DataFrame) -> None:
    queue = build_queue("random", catalogue, seed=1)
    assert sorted(names(queue)) == ["a", "b", "c", "d", "e", "f"]
    assert names(build_queue("random", catalogue[::-1], seed=1)) == names(queue)
    assert names(build_queue("random", catalogue, seed=2)) != names(queue)
    assert queue.settings == {"limit": 500, "seed": 1}


@pytest.mark.parametrize("kind", ["filter", "sent"])
def test_chosen_clips_keep_their_order(catalogue: pd.DataFrame, store: LabelStore, kind: str) -> None:
    clip_ids = ["noisy/e.wav", "curated/broken.wav", "curated/a.wav", "noisy/e.wav"]
    store.add(Decision("curated/a.wav", "ann", "accept", "Bark"))
    queue = build_queue(kind, catalogue, clip_ids=clip_ids, decisions=store.decisions(), created_by="ann")
    assert names(queue) == ["e", "b", "a"]
    with refuses(LabelError, r"1 of 2 clips are not in the data set, the first is 'test/z\.wav'"):
        build_queue(kind, catalogue, clip_ids=["test/z.wav", "noisy/e.wav"])
