"""Building a queue: what is left out, what is asked for, and where it is cut."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import LabelError
from fsat_core.labels import (
    KINDS,
    DecidedAs,
    Decision,
    LabelStore,
    build_queue,
)
from fsat_core.runs import Run
from tests.helpers.embedders import make_store
from tests.helpers.messages import refuses
from tests.helpers.queues import names, reasons

NewRun = Callable[..., Run]


def test_clips_that_its_maker_has_decided_on_are_left_out(catalogue: pd.DataFrame, store: LabelStore) -> None:
    store.add(Decision("curated/a.wav", "ann", "accept", "Bark"))
    store.add(Decision("curated/b.wav", "ann", "unsure"))
    store.add(Decision("curated/c.wav", "ann", "remove"))
    store.undo("ann")
    store.add(Decision("curated/d.wav", "ann", "remove", token="taken back by another"))
    store.undo("ann", "taken back by another", by="eve")
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
    with refuses(LabelError, "No clip is labelled 'Yell'"):
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
    with pytest.raises(LabelError, match=f"'{kind}' needs a .*: none was given\\. [A-Z].*[.p]$"):
        build_queue(kind, shallow)


def test_wrong_calls(catalogue: pd.DataFrame) -> None:
    with refuses(LabelError, "No kind of queue 'best': expected suspect or"):
        build_queue("best", catalogue)
    with refuses(LabelError, "at most 0 clips"):
        build_queue("random", catalogue, limit=0)
    assert len(build_queue("random", catalogue, limit=1).clips) == 1


def test_every_kind_on_an_empty_answer(
    catalogue: pd.DataFrame, run: Run, store: LabelStore, tmp_path: Path
) -> None:
    heard = make_store(tmp_path / "ears", {"test/g.wav": np.ones((2, 4))})
    nothing = catalogue[catalogue["clip_id"] == "test/g.wav"]
    for kind in set(KINDS) - {"noisy", "disagreement", "abnormal_length", "suspect_by_ear"}:
        queue = build_queue(kind, nothing, run=run, decisions=store.decisions(), clip_ids=[], heard=heard)
        assert (len(queue.clips), list(queue.clips)[:2]) == (0, ["clip_id", "reason"])


def test_on_a_scanned_set(kaggle_set: Path, tmp_path: Path) -> None:
    queue = build_queue("random", scan(open_dataset(kaggle_set), tmp_path / "cache"), limit=5)
    assert len(queue.clips) == 5


@pytest.mark.parametrize(
    ("wanted", "found", "name"),
    [
        (DecidedAs(), "edcba", "Decided before"),
        (DecidedAs(["relabelled"]), "ca", "Decided before: relabelled"),
        (DecidedAs(["removed", "unsure"]), "db", "Decided before: removed or unsure"),
        (DecidedAs(["disputed"]), "e", "Decided before: disputed"),
        (DecidedAs(["accepted"], "bo"), "e", "Decided before: accepted by bo"),
        (DecidedAs(by="bo", since=date(2020, 1, 31)), "e", "Decided before: anything by bo since 2020-01-31"),
        (DecidedAs(since=date(2999, 1, 31)), "", "Decided before: anything since 2999-01-31"),
        (DecidedAs(["undecided"]), "", "Decided before: undecided"),
    ],
)
def test_what_was_decided_is_decided_again(
    catalogue: pd.DataFrame, store: LabelStore, wanted: DecidedAs, found: str, name: str
) -> None:
    store.add(Decision("curated/a.wav", "ann", "relabel", "Knock"))
    store.add(Decision("curated/b.wav", "ann", "remove"))
    store.add(Decision("curated/c.wav", "ann", "relabel", "Bark"))
    store.add(Decision("curated/d.wav", "ann", "unsure"))
    store.add(Decision("noisy/e.wav", "ann", "relabel", "Knock"))
    store.add(Decision("noisy/e.wav", "bo", "accept", "Bark"))
    decisions = store.decisions()
    queue = build_queue("decided", catalogue, decisions=decisions, decided=wanted, created_by="ann")
    assert "".join(names(queue)) == found
    assert queue.name == name
    if found == "e" and wanted.by:
        assert reasons(queue) == [f"accepted by bo, {decisions['created_at'].iloc[-1]:%d %b %Y}"]


def test_chosen_clips_are_called_by_what_was_chosen(catalogue: pd.DataFrame) -> None:
    clips = ["curated/a.wav", "curated/b.wav"]
    one = build_queue("filter", catalogue, clip_ids=clips, name="Bark, longer than 10 s")
    assert one.name == "Bark, longer than 10 s (2 clips)"
    assert build_queue("sent", catalogue, clip_ids=clips[:1]).name == "a.wav (1 clip)"
    assert build_queue("sent", catalogue, clip_ids=clips).name == "Sent from Predict (2 clips)"
    assert build_queue("filter", catalogue, clip_ids=clips, limit=1, name="x" * 999).name.endswith(
        "... (1 clip)"
    )
    assert build_queue("random", catalogue, seed=3).name == "Random sample with seed 3"
