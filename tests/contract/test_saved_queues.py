"""Queues in the two label databases, one suite."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import (
    Decision,
    LabelStore,
    LatestRule,
    Queue,
    count_done,
    create_label_set,
    delete_queue,
    list_queues,
    load_queue,
    measure_progress,
    rename_queue,
    restore_queue,
    save_queue,
)
from fsat_core.labels.queues.saved import find_deleted_title
from fsat_core.labels.queues.settings import keep_setting, read_settings
from tests.helpers.messages import refuses


@pytest.fixture
def store(url: str) -> Iterator[LabelStore]:
    with LabelStore.open(url) as opened:
        yield opened


def queue(**values: Any) -> Queue:
    clips = pd.DataFrame(
        {
            "clip_id": ["noisy/žluť 犬.wav", "curated/a.wav", "noisy/b.wav"],
            "reason": ["label Bark 0.02, Knock 0.93", "", "x"],
            "suggested": ["Knock", "", "Knock,Bark"],
        },
        dtype="str",
    )
    usual: dict[str, Any] = {
        "queue_id": None,
        "name": "Most suspect by x",
        "kind": "suspect",
        "settings": {"run": "x", "limit": 3, "label": "žluť"},
        "explanation": "Why so.",
        "clips": clips,
        "created_by": "Zoë",
        "created_at": datetime(2026, 1, 31, 14, 25, 30, 123456, timezone(timedelta(hours=2))),
        "run_id": "x",
    }
    return Queue(**usual | values)


def test_a_queue_comes_back(store: LabelStore) -> None:
    made = queue()
    saved = save_queue(store, made)
    found = load_queue(store, saved.queue_id or 0)
    assert saved.queue_id is not None
    for name in ("name", "kind", "settings", "explanation", "created_by", "created_at", "run_id"):
        assert getattr(found, name) == getattr(saved, name) == getattr(made, name)
    assert found.created_at.tzinfo == UTC
    pd.testing.assert_frame_equal(found.clips, made.clips)


def test_queues_without_suggestions_or_clips(store: LabelStore) -> None:
    plain = queue().clips.drop(columns="suggested")
    found = load_queue(store, save_queue(store, queue(clips=plain)).queue_id or 0)
    pd.testing.assert_frame_equal(found.clips, plain)
    empty = load_queue(store, save_queue(store, queue(clips=plain[:0])).queue_id or 0)
    pd.testing.assert_frame_equal(empty.clips, plain[:0])


def test_names_are_told_apart_and_the_newest_is_first(store: LabelStore) -> None:
    assert list_queues(store).empty
    saved = [save_queue(store, queue(created_by=who)) for who in ("ann", "bo", "cy")]
    assert [one.name for one in saved] == [f"Most suspect by x{end}" for end in ("", " 2", " 3")]
    table = list_queues(store)
    assert list(table) == [
        "queue_id",
        "name",
        "title",
        "kind",
        "num_clips",
        "created_by",
        "created_at",
    ]
    assert table["queue_id"].tolist() == [one.queue_id for one in saved[::-1]]
    assert table["name"].tolist() == [one.name for one in saved[::-1]]
    assert table["created_by"].tolist() == ["cy", "bo", "ann"]
    assert table["num_clips"].tolist() == [3, 3, 3]
    assert table["created_at"].tolist() == [pd.Timestamp("2026-01-31 12:25:30.123456Z")] * 3


def test_a_queue_whose_answer_was_lost_is_saved_once(
    store: LabelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = store.database.write

    def twice(work: Callable[..., Any]) -> Any:
        write(work)
        return write(work)

    monkeypatch.setattr(store.database, "write", twice)
    saved = save_queue(store, queue())
    assert saved.name == "Most suspect by x"
    assert list_queues(store)["queue_id"].tolist() == [saved.queue_id]
    assert len(load_queue(store, saved.queue_id or 0).clips) == 3


def test_an_unknown_queue_is_an_error(store: LabelStore) -> None:
    with refuses(LabelError, "No queue 7"):
        load_queue(store, 7)


def test_what_was_set_last_counts_for_each_annotator_and_queue(store: LabelStore) -> None:
    first, second = (save_queue(store, queue()).queue_id or 0 for _ in range(2))
    for value in ("yes", "", "yes"):
        keep_setting(store, first, "label_blind", value, "Zoë")
    keep_setting(store, second, "label_blind", "", "Zoë")
    keep_setting(store, first, "label_run", "x", "Zoë")
    expected = {(first, "label_blind"): "yes", (second, "label_blind"): "", (first, "label_run"): "x"}
    assert read_settings(store, "Zoë") == expected
    assert read_settings(store, "bo") == read_settings(store) == {}


def test_times_are_utc_wherever_the_program_runs(store: LabelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        saved = save_queue(store, queue())
        assert load_queue(store, saved.queue_id or 0).created_at == queue().created_at
        assert list_queues(store)["created_at"][0] == pd.Timestamp(queue().created_at)
        labels = pd.DataFrame({"clip_id": ["curated/a.wav"], "labels": ["Bark"], "denied": [""]})
        made = create_label_set(store, "first", labels, rule=LatestRule())
        assert abs(datetime.now(UTC) - made.created_at) < timedelta(hours=1)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_queue_that_is_renamed_keeps_its_decisions(store: LabelStore) -> None:
    saved = save_queue(store, queue())
    store.add(Decision("curated/a.wav", "ann", "accept", "Bark", queue=saved.name))
    rename_queue(store, saved.queue_id or 0, "  Barks   of žluť ")
    row = list_queues(store).iloc[0]
    assert (row["title"], row["name"]) == ("Barks of žluť", saved.name)
    found = load_queue(store, saved.queue_id or 0)
    assert measure_progress(found, store.decisions(), "ann").done == 1
    assert count_done(store.decisions(), "ann")[row["name"]] == 1


def test_titles_tell_queues_from_each_other(store: LabelStore) -> None:
    first, second = save_queue(store, queue()), save_queue(store, queue(name="Another"))
    rename_queue(store, first.queue_id or 0, "Barks")
    for title in ("Barks", "", "  ", "x" * 201):
        with refuses(LabelError, r"title"):
            rename_queue(store, second.queue_id or 0, title)
    rename_queue(store, first.queue_id or 0, "Barks")
    third = save_queue(store, queue(name="Barks"))
    assert third.name == "Barks 2"
    rename_queue(store, second.queue_id or 0, queue().name)
    assert list_queues(store)["title"].tolist() == ["Barks 2", queue().name, "Barks"]


def test_a_deleted_queue_comes_back_with_its_decisions(store: LabelStore) -> None:
    kept, gone = save_queue(store, queue()), save_queue(store, queue(name="Gone"))
    store.add(Decision("curated/a.wav", "ann", "accept", "Bark", queue=gone.name))
    delete_queue(store, gone.queue_id or 0)
    assert list_queues(store)["queue_id"].tolist() == [kept.queue_id]
    assert len(store.decisions()) == 1
    assert load_queue(store, gone.queue_id or 0).name == "Gone", "a board that has it open can go on"
    with refuses(LabelError, r"No queue"):
        delete_queue(store, gone.queue_id or 0)
    with refuses(LabelError, r"called 'Gone' already: .* deleted ones included"):
        rename_queue(store, kept.queue_id or 0, "Gone")
    assert find_deleted_title(store, gone.queue_id or 0) == "Gone"
    restore_queue(store, gone.queue_id or 0)
    assert find_deleted_title(store, gone.queue_id or 0) is None
    assert list_queues(store)["queue_id"].tolist() == [gone.queue_id, kept.queue_id]
    for change in (delete_queue, restore_queue):
        with refuses(LabelError, r"No queue 99"):
            change(store, 99)
