"""Queues: which clips are in each kind, in which order and why, and how far somebody has come."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import LabelError, RunError
from fsat_core.labels import (
    KINDS,
    AgreementRule,
    Decision,
    LabelStore,
    LatestRule,
    Queue,
    build_queue,
    measure_progress,
)
from fsat_core.runs import Run

NewRun = Callable[..., Run]

LABELS = {
    "curated/a.wav": "Bark",
    "curated/b.wav": "Bark",
    "curated/c.wav": "Knock",
    "curated/d.wav": "Bark,Knock",
    "noisy/e.wav": "Bark",
    "noisy/f.wav": "Knock",
    "test/g.wav": "",
    "curated/broken.wav": "Bark",
}


@pytest.fixture
def catalogue() -> pd.DataFrame:
    """The clips of `LABELS`, each of another length, with the columns of the deep scan."""
    clip_ids = list(LABELS)
    table = pd.DataFrame({"clip_id": clip_ids, "labels": list(LABELS.values())})
    num_frames = [80_000 + 1_000 * place for place in range(len(LABELS))]
    return table.assign(
        split=table["clip_id"].str.partition("/")[0],
        num_frames=num_frames,
        sample_rate=44_100,
        duration_s=[frames / 44_100 for frames in num_frames],
        error=["broken" if clip_id.endswith("broken.wav") else "" for clip_id in clip_ids],
        peak=0.5,
        rms_db=-20.0,
        silence_ratio=0.0,
        clipping_ratio=0.0,
        content_hash=[clip_id[-5:] for clip_id in clip_ids],
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def run(predicted_run: NewRun) -> Run:
    """A run that has predicted the curated clips and one of the noisy ones."""
    return predicted_run(
        {
            "curated/a.wav": ("Bark", [0.9, 0.1]),
            "curated/b.wav": ("Bark", [0.1, 0.9]),
            "curated/c.wav": ("Knock", [0.45, 0.55]),
            "curated/d.wav": ("Bark,Knock", [0.5, 0.5]),
            "noisy/f.wav": ("Knock", [0.98, 0.02]),
        }
    )


def change(catalogue: pd.DataFrame, clip_id: str, **values: Any) -> None:
    catalogue.loc[catalogue["clip_id"] == clip_id, list(values)] = list(values.values())


def names(queue: Queue) -> list[str]:
    return [clip_id.partition("/")[2][0] for clip_id in queue.clips["clip_id"]]


def reasons(queue: Queue) -> list[str]:
    return queue.clips["reason"].tolist()


def test_abnormal_lengths(catalogue: pd.DataFrame) -> None:
    for clip_id, num_frames in (
        ("curated/a.wav", 4_410),
        ("curated/b.wav", 8_820),
        ("noisy/e.wav", 2_600_000),
    ):
        change(catalogue, clip_id, num_frames=num_frames, duration_s=num_frames / 44_100)
    others = pd.concat([catalogue.assign(clip_id=f"noisy/{n}.wav") for n in range(30)], ignore_index=True)
    others["num_frames"] = range(200_000, 200_000 + 300 * len(others), 300)
    for clip_id in ("curated/c.wav", "noisy/f.wav"):
        change(catalogue, clip_id, num_frames=123_457)
    queue = build_queue("abnormal_length", pd.concat([others, catalogue]))
    assert names(queue) == ["e", "a", "b", "c", "f"]
    assert reasons(queue) == [
        "very long: 59.0 s",
        "very short: 0.10 s",
        "very short: 0.20 s",
        *["2 clips of exactly 123,457 frames"] * 2,
    ]


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


def test_suspects(catalogue: pd.DataFrame, run: Run) -> None:
    queue = build_queue("suspect", catalogue, run=run, created_by="ann")
    assert names(queue) == ["f", "b", "d", "c", "a"]
    assert reasons(queue)[:2] == ["label Knock 0.02, Bark 0.98", "label Bark 0.10, Knock 0.90"]
    assert queue.clips["suggested"].tolist()[:2] == ["Bark", "Knock"]
    assert (queue.run_id, queue.created_by, queue.queue_id) == ("run", "ann", None)
    assert queue.settings == {"limit": 500, "run": "run"}
    assert queue.name == "Most suspect by run"
    assert queue.explanation.startswith(KINDS["suspect"].explanation)
    assert queue.is_worst_first


def test_suspects_by_the_labels_of_now(catalogue: pd.DataFrame, run: Run, store: LabelStore) -> None:
    store.add(Decision("noisy/f.wav", "ann", "relabel", "Bark"))
    store.add(Decision("curated/b.wav", "ann", "remove"))
    store.add(Decision("curated/c.wav", "bo", "relabel", "Bark"))
    decided = store.decisions()
    assert names(build_queue("suspect", catalogue, run=run, decisions=decided)) == ["c", "d", "a", "f"]
    alone = build_queue("suspect", catalogue, run=run, decisions=decided, rule=LatestRule("bo"))
    assert names(alone) == ["f", "b", "c", "d", "a"]


def test_noisy_clips_of_a_class(catalogue: pd.DataFrame, run: Run) -> None:
    change(catalogue, "noisy/e.wav", labels="Bark,Knock")
    queue = build_queue("noisy", catalogue, label="Knock")
    assert (names(queue), reasons(queue), queue.run_id) == (["e", "f"], ["", ""], "")
    assert "suggested" not in queue.clips
    assert not queue.is_worst_first
    ranked = build_queue("noisy", catalogue, label="Knock", run=run)
    assert names(ranked) == ["f", "e"]
    assert reasons(ranked) == ["label Knock 0.02, Bark 0.98", "the run has not predicted this clip"]
    assert ranked.clips["suggested"].tolist() == ["Bark", ""]
    assert (ranked.name, ranked.is_worst_first) == ("Noisy clips of a class by run (Knock)", True)
    assert names(build_queue("noisy", catalogue, label="Bark")) == ["e"]


MULTI = {
    "curated/a.wav": ("Bark", [0.9, 0.1, 0.0]),
    "curated/b.wav": ("Bark", [0.7, 0.7, 0.0]),  # Knock is usually 0.6
    "curated/c.wav": ("Knock", [0.2, 0.6, 0.0]),
    "curated/d.wav": ("Bark,Knock", [0.8, 0.6, 0.9]),  # no clip is labelled Yell: nothing is usual
    "noisy/e.wav": ("Bark", [0.9, 0.9, 0.0]),
    "noisy/f.wav": ("Knock", [0.9, 0.01, 0.0]),  # the label itself is in doubt
}


def test_candidates_for_several_labels(catalogue: pd.DataFrame, predicted_run: NewRun) -> None:
    run = predicted_run(MULTI, ("Bark", "Knock", "Yell"), task="multi")
    queue = build_queue("multi_label", catalogue, run=run)
    assert names(queue) == ["e", "b"]
    assert reasons(queue) == ["Knock 0.90, where labelled 0.60", "Knock 0.70, where labelled 0.60"]
    assert queue.clips["suggested"].tolist() == ["Bark,Knock", "Bark,Knock"]


def test_candidates_by_a_run_of_one_label_per_clip(catalogue: pd.DataFrame, predicted_run: NewRun) -> None:
    clips = {
        "curated/a.wav": ("Bark", [0.9, 0.1]),
        "curated/b.wav": ("Bark", [0.55, 0.45]),  # half of what Knock has alone
        "curated/c.wav": ("Knock", [0.2, 0.8]),
        "noisy/e.wav": ("Bark", [0.62, 0.38]),
    }
    assert names(build_queue("multi_label", catalogue, run=predicted_run(clips))) == ["b"]


@pytest.mark.parametrize("task", ["single", "multi"])
def test_disagreement_of_folds_on_test_clips(
    catalogue: pd.DataFrame, predicted_run: NewRun, task: str
) -> None:
    test = ["curated/a.wav", "test/g.wav", "curated/c.wav"]
    folds = [[[0.5, 0.5], [0.9, 0.2], [0.6, 0.4]], [[0.5, 0.5], [0.1, 0.9], [0.4, 0.6]]]
    queue = build_queue("disagreement", catalogue, run=predicted_run({}, task=task, test=test, folds=folds))
    assert names(queue) == ["g", "c", "a"]
    assert reasons(queue) == ["1 × Bark, 1 × Knock", "1 × Bark, 1 × Knock", "2 × Bark"]
    assert queue.clips["suggested"].tolist() == ["Knock", "Bark", "Bark"]


def test_disagreement_on_several_labels_asks_about_each_class(
    catalogue: pd.DataFrame, predicted_run: NewRun
) -> None:
    # Between 0.8 and 0.99 doubt grows twentyfold; between 0.3 and 0.5 it hardly does.
    folds = [[[0.3, 0.01], [0.8, 0.01]], [[0.5, 0.01], [0.99, 0.01]]]
    run = predicted_run({}, task="multi", test=["curated/a.wav", "curated/b.wav"], folds=folds)
    assert names(build_queue("disagreement", catalogue, run=run)) == ["b", "a"]


def test_disagreement_between_runs(catalogue: pd.DataFrame, run: Run, predicted_run: NewRun) -> None:
    other = predicted_run(
        {
            "curated/a.wav": ("Bark", [0.0, 0.9, 0.1]),
            "curated/b.wav": ("Bark", [0.0, 0.2, 0.8]),
            "curated/c.wav": ("Knock", [0.0, 0.9, 0.1]),
            "noisy/e.wav": ("Bark", [0.0, 0.1, 0.9]),
        },
        ("Yell", "Bark", "Knock"),
        name="other",
    )
    queue = build_queue("disagreement", catalogue, run=run, others=[other])
    assert names(queue) == ["c", "b", "a"]
    assert reasons(queue)[0] == "1 × Knock, 1 × Bark"
    assert queue.settings == {"limit": 500, "run": "run", "others": ["other"]}
    assert "By run and other." in queue.explanation


def test_disagreement_needs_something_to_compare(
    catalogue: pd.DataFrame, run: Run, predicted_run: NewRun
) -> None:
    with pytest.raises(RunError, match="0 finished fold"):
        build_queue("disagreement", catalogue, run=run)
    stranger = predicted_run({"curated/z.wav": ("Bark", [0.5, 0.5])}, name="stranger")
    with pytest.raises(RunError, match="0 clips and 2 classes in common"):
        build_queue("disagreement", catalogue, run=run, others=[stranger])


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
    with pytest.raises(LabelError, match=r"1 of 2 clips are not in the data set, the first is 'test/z\.wav'"):
        build_queue(kind, catalogue, clip_ids=["test/z.wav", "noisy/e.wav"])


def test_clips_that_its_maker_has_decided_on_are_left_out(catalogue: pd.DataFrame, store: LabelStore) -> None:
    store.add(Decision("curated/a.wav", "ann", "accept", "Bark"))
    store.add(Decision("curated/b.wav", "ann", "unsure"))
    store.add(Decision("curated/c.wav", "ann", "remove"))
    store.undo("ann")
    queue = build_queue("random", catalogue, decisions=store.decisions(), created_by="ann")
    assert sorted(names(queue)) == ["c", "d", "e", "f"]
    assert queue.explanation.endswith("Without 2 that ann had decided on.")
    others = build_queue("random", catalogue, decisions=store.decisions(), created_by="bo")
    assert sorted(names(others)) == ["a", "b", "c", "d", "e", "f"]


def test_only_clips_with_a_label(catalogue: pd.DataFrame, run: Run, store: LabelStore) -> None:
    store.add(Decision("curated/a.wav", "ann", "relabel", "Knock"))
    queue = build_queue("suspect", catalogue, run=run, label="Knock", decisions=store.decisions())
    assert names(queue) == ["f", "a", "d", "c"]
    assert queue.name == "Most suspect by run (Knock)"
    assert "Only clips labelled Knock." in queue.explanation
    with pytest.raises(LabelError, match="No clip is labelled 'Yell'"):
        build_queue("random", catalogue, label="Yell")


def test_the_limit_cuts_and_says_so(catalogue: pd.DataFrame, run: Run) -> None:
    queue = build_queue("suspect", catalogue, run=run, limit=2)
    assert names(queue) == ["f", "b"]
    assert "The first 2 of 5." in queue.explanation
    assert "The first" not in build_queue("suspect", catalogue, run=run, limit=5).explanation


def test_a_run_is_not_named_where_it_has_no_part(catalogue: pd.DataFrame, run: Run) -> None:
    queue = build_queue("random", catalogue, run=run)
    assert (queue.run_id, queue.settings) == ("", {"limit": 500, "seed": 0})


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_a_kind_needs_is_asked_for(catalogue: pd.DataFrame, kind: str) -> None:
    shallow = catalogue.drop(columns="content_hash")
    if not KINDS[kind].needs and not KINDS[kind].needs_run:
        assert set(build_queue(kind, shallow).clips) == {"clip_id", "reason"}
        return
    with pytest.raises(LabelError, match=f"'{kind}' needs a .*: none was given"):
        build_queue(kind, shallow)


def test_wrong_calls(catalogue: pd.DataFrame) -> None:
    with pytest.raises(LabelError, match="No kind of queue 'best': expected suspect or"):
        build_queue("best", catalogue)
    with pytest.raises(LabelError, match="at most 0 clips"):
        build_queue("random", catalogue, limit=0)


def test_every_kind_on_an_empty_answer(catalogue: pd.DataFrame, run: Run, store: LabelStore) -> None:
    nothing = catalogue[catalogue["clip_id"] == "test/g.wav"]
    for kind in set(KINDS) - {"noisy", "disagreement", "abnormal_length"}:
        queue = build_queue(kind, nothing, run=run, decisions=store.decisions(), clip_ids=[])
        assert (len(queue.clips), list(queue.clips)[:2]) == (0, ["clip_id", "reason"])


def test_on_a_scanned_set(kaggle_set: Path, tmp_path: Path) -> None:
    queue = build_queue("random", scan(open_dataset(kaggle_set), tmp_path / "cache"), limit=5)
    assert len(queue.clips) == 5


@pytest.fixture
def queue(catalogue: pd.DataFrame) -> Queue:
    """Five clips: a, b, c, d, e."""
    return build_queue("filter", catalogue, clip_ids=list(LABELS)[:5])


@pytest.fixture
def decide(store: LabelStore, queue: Queue) -> Callable[..., None]:
    """Adds decisions from the queue: `decide("a accept", "b remove")`."""

    def add(*words: str, annotator: str = "ann", name: str = queue.name) -> None:
        for word in words:
            letter, action = word.split()
            labels = "Bark" if action in ("accept", "relabel") else ""
            clip_id = next(clip_id for clip_id in LABELS if f"/{letter}." in clip_id)
            store.add(Decision(clip_id, annotator, action, labels, queue=name))  # type: ignore[arg-type]

    return add


def test_progress(queue: Queue, store: LabelStore, decide: Callable[..., None]) -> None:
    start = measure_progress(queue, store.decisions(), "ann")
    assert (start.done, start.left, start.next_index, start.accepted_in_a_row) == (0, 5, 0, 0)
    assert start.by_action == {"accept": 0, "relabel": 0, "remove": 0, "unsure": 0}

    decide(
        "a accept", "c relabel", "a remove", "f accept"
    )  # c before b: it was skipped; f is not in the queue
    decide("b accept", annotator="bo")
    decide("b accept", name="another queue")
    some = measure_progress(queue, store.decisions(), "ann")
    assert (some.done, some.left, some.next_index) == (2, 3, 1)
    assert some.by_action == {"accept": 0, "relabel": 1, "remove": 1, "unsure": 0}
    assert measure_progress(queue, store.decisions(), "bo").next_index == 0

    decide("b unsure", "d accept", "e accept")
    end = measure_progress(queue, store.decisions(), "ann")
    assert (end.done, end.left, end.next_index, end.accepted_in_a_row) == (5, 0, 5, 2)

    store.undo("ann")  # e
    undone = measure_progress(queue, store.decisions(), "ann")
    assert (undone.done, undone.next_index, undone.accepted_in_a_row) == (4, 4, 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a accept", "b accept"], 2),
        (["e accept", "a remove"], 1),  # in the order of the queue, not of time
        (["b accept", "a unsure", "d accept"], 2),
        (["a accept", "b relabel"], 0),
        (["a accept", "b relabel", "b accept"], 2),  # corrected since
    ],
)
def test_accepted_in_a_row(
    queue: Queue, store: LabelStore, decide: Callable[..., None], words: list[str], expected: int
) -> None:
    decide(*words)
    assert measure_progress(queue, store.decisions(), "ann").accepted_in_a_row == expected
