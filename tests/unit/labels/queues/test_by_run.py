"""Queues by what runs have predicted: which clips, in which order and why."""

from collections.abc import Callable

import pandas as pd
import pytest

from fsat_core.errors import RunError
from fsat_core.labels import (
    KINDS,
    Decision,
    LabelStore,
    LatestRule,
    build_queue,
)
from fsat_core.runs import Run
from tests.helpers.messages import refuses
from tests.helpers.queues import change, names, reasons

NewRun = Callable[..., Run]


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


def test_clips_sent_from_evaluate_keep_their_order_and_say_what_the_run_hears(
    catalogue: pd.DataFrame, run: Run
) -> None:
    chosen = ["curated/a.wav", "noisy/f.wav", "test/g.wav"]
    queue = build_queue("judged", catalogue, run=run, clip_ids=chosen)
    assert names(queue) == ["a", "f", "g"]
    assert reasons(queue)[1:] == ["label Knock 0.02, Bark 0.98", ""]
    assert queue.clips["suggested"].tolist()[1:] == ["Bark", ""]
    assert (queue.run_id, queue.is_worst_first) == ("run", True)
    without = build_queue("judged", catalogue, clip_ids=chosen)
    assert (names(without), without.run_id, without.is_worst_first) == (["a", "f", "g"], "", False)


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


def test_a_class_that_is_never_heard_where_labelled_is_no_candidate(
    catalogue: pd.DataFrame, predicted_run: NewRun
) -> None:
    change(catalogue, "curated/c.wav", labels="Bark,Knock")
    clips = {
        "curated/a.wav": ("Bark", [0.9, 0.5]),
        "curated/b.wav": ("Bark", [0.9, 0.0]),
        "curated/c.wav": ("Bark,Knock", [0.9, 0.0]),
    }
    assert names(build_queue("multi_label", catalogue, run=predicted_run(clips, task="multi"))) == []


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


def test_between_runs_only_the_classes_that_both_know_count(
    catalogue: pd.DataFrame, predicted_run: NewRun
) -> None:
    # Of what a has left for Bark and Knock, the two say the contrary; on b they differ a little.
    first = {"curated/a.wav": ("Bark", [0.09, 0.01, 0.9]), "curated/b.wav": ("Bark", [0.6, 0.4, 0.0])}
    other = {"curated/a.wav": ("Bark", [0.01, 0.09, 0.9]), "curated/b.wav": ("Bark", [0.4, 0.6, 0.0])}
    queue = build_queue(
        "disagreement",
        catalogue,
        run=predicted_run(first, ("Bark", "Knock", "Yell"), name="first"),
        others=[predicted_run(other, ("Bark", "Knock", "Meow"), name="other")],
    )
    assert names(queue) == ["a", "b"]


MANY = [f"curated/{number}.wav" for number in range(40)][::-1]


@pytest.fixture
def many(catalogue: pd.DataFrame) -> pd.DataFrame:
    """40 clips labelled Bark, by name."""
    return pd.concat([catalogue.head(1)] * len(MANY)).assign(clip_id=sorted(MANY))


def test_clips_alike_are_in_the_order_of_the_first_run(many: pd.DataFrame, predicted_run: NewRun) -> None:
    answers = [[0.9, 0.1], [0.6, 0.4]]
    clips = {clip_id: ("Bark", answers[at % 2]) for at, clip_id in enumerate(MANY)}
    first = predicted_run(clips, name="first")
    other = predicted_run(dict(sorted(clips.items())), ("Knock", "Bark"), name="other")
    queue = build_queue("disagreement", many, run=first, others=[other])
    assert queue.clips["clip_id"].tolist() == MANY[::2] + MANY[1::2]
    assert set(reasons(queue)) == {"1 × Bark, 1 × Knock"}
    assert set(queue.clips["suggested"]) == {"Bark"}


def test_candidates_alike_are_in_the_order_of_the_run(many: pd.DataFrame, predicted_run: NewRun) -> None:
    many.loc[many["clip_id"] == MANY[0], "labels"] = "Bark,Knock"
    answers = [[0.9, 0.9], [0.9, 0.8]]
    clips = {clip_id: ("Bark", answers[at % 2]) for at, clip_id in enumerate(MANY)}
    clips[MANY[0]] = ("Bark,Knock", [0.9, 0.5])
    queue = build_queue("multi_label", many, run=predicted_run(clips, task="multi"))
    assert queue.clips["clip_id"].tolist() == MANY[2::2] + MANY[1::2]


def test_disagreement_needs_something_to_compare(
    catalogue: pd.DataFrame, run: Run, predicted_run: NewRun
) -> None:
    one = predicted_run({}, name="one", test=["curated/a.wav"], folds=[[[0.5, 0.5]]])
    with refuses(RunError, r"'one' has 1 finished fold\(s\) and 1 test clips"):
        build_queue("disagreement", catalogue, run=one)
    with refuses(RunError, "0 finished fold"):
        build_queue("disagreement", catalogue, run=run)
    stranger = predicted_run({"curated/z.wav": ("Bark", [0.5, 0.5])}, name="stranger")
    with refuses(RunError, "The runs run, stranger have 0 clips and 2 classes in common"):
        build_queue("disagreement", catalogue, run=run, others=[stranger])
