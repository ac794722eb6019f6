"""The two label databases, one suite: decisions, undo, waiting for others, label sets."""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import insert, text

from fsat_core.errors import LabelError
from fsat_core.labels import (
    AgreementRule,
    Decision,
    LabelStore,
    LatestRule,
    create_label_set,
    list_label_sets,
    load_label_set,
    resolve,
)
from fsat_core.labels.tables import decisions
from tests.helpers.messages import refuses
from tools.postgres_server import PostgresServer

CLIP = "curated/a.wav"
SOURCE = pd.DataFrame(
    {"clip_id": ["curated/b.wav", CLIP, "curated/C.wav"], "labels": ["Bark", "Bark,Yell", "Yell"]}
)


@pytest.fixture
def open_store(url: str) -> Iterator[Callable[..., LabelStore]]:
    """Opens the database, as often as wanted: `open_store(on_wait=print)`."""
    opened: list[LabelStore] = []

    def open_one(**options: object) -> LabelStore:
        opened.append(LabelStore.open(url, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., LabelStore]) -> LabelStore:
    return open_store()


def relabel(annotator: str = "ann", clip_id: str = CLIP, **more: Any) -> Decision:
    return Decision(clip_id, annotator, "relabel", "Meow", **more)


def test_every_field_comes_back_and_lasts(store: LabelStore, open_store: Callable[..., LabelStore]) -> None:
    before = datetime.now(UTC)
    full = Decision(
        "noisy/žluť 犬.wav",
        "Zoë",
        "relabel",
        "Bark, Yell",
        "Bark",
        "suspects",
        "run-1",
        'says "so"; --',
        "b1",
    )
    bare = Decision(CLIP, "bo", "unsure")
    ids = store.add_many([full, bare])
    store.close()
    table = open_store().decisions()
    assert table["id"].tolist() == ids
    for name in (
        "clip_id",
        "annotator",
        "action",
        "labels",
        "previous_labels",
        "queue",
        "run_id",
        "note",
        "batch",
    ):
        assert table[name].tolist() == [getattr(full, name), getattr(bare, name)], name
    assert table["token"].tolist() == [full.token, bare.token]
    assert table["undoes"].isna().all()
    assert str(table["created_at"].dt.tz) == "UTC"
    assert table["created_at"].between(before, datetime.now(UTC)).all()


def test_the_same_token_again_adds_nothing(store: LabelStore) -> None:
    first, second = relabel(), relabel("bo")
    row_id = store.add(first)
    changed = Decision(CLIP, "ann", "remove", token=first.token)
    assert store.add(changed) == row_id
    assert store.add_many([second, first, second]) == [row_id + 1, row_id, row_id + 1]
    assert store.decisions()["labels"].tolist() == ["Meow", "Meow"]
    assert store.add_many([]) == []


def test_many_are_stored_all_or_none(store: LabelStore) -> None:
    broken = relabel()
    object.__setattr__(broken, "annotator", None)
    with pytest.raises(LabelError):
        store.add_many([relabel(), broken])
    assert store.decisions().empty


def test_more_than_fit_into_one_statement(store: LabelStore) -> None:
    many = [relabel(clip_id=f"noisy/{number}.wav", batch="b") for number in range(1_200)]
    ids = store.add_many(many)
    assert ids == sorted(set(ids))
    assert store.decisions()["clip_id"].tolist() == [decision.clip_id for decision in many]
    assert store.add_many(many) == ids
    assert len(store.undo("ann")) == 1_200


def test_reading_on(store: LabelStore) -> None:
    first = store.add(relabel())
    store.add(relabel("bo"))
    assert store.decisions(after_id=first)["annotator"].tolist() == ["bo"]
    rest = store.decisions(after_id=first + 1)
    assert rest.empty
    assert rest.dtypes.equals(store.decisions().dtypes)


def test_history_of_a_clip(store: LabelStore) -> None:
    store.add_many([relabel(), relabel(clip_id="curated/b.wav"), relabel("bo")])
    store.undo("ann", store.decisions()["token"][0])
    history = store.history(CLIP)
    assert history[["annotator", "action"]].to_numpy().tolist() == [
        ["ann", "relabel"],
        ["bo", "relabel"],
        ["ann", "undo"],
    ]
    assert history["undoes"].tolist()[2] == history["id"][0]


def test_undo_walks_back_through_ones_own(store: LabelStore) -> None:
    clips = ["curated/1.wav", "curated/2.wav"]
    store.add_many([relabel(clip_id=clips[0]), relabel(clip_id=clips[1]), relabel("bo", "curated/3.wav")])
    assert [store.undo("ann")["clip_id"].tolist() for _ in range(3)] == [clips[1:], clips[:1], []]
    store.add(relabel(clip_id=clips[1]))
    assert store.undo("ann")["clip_id"].tolist() == clips[1:]
    assert store.undo("nobody").empty


def test_a_batch_is_undone_as_one(store: LabelStore) -> None:
    batch = [relabel(clip_id=f"curated/{number}.wav", batch="bulk") for number in range(3)]
    store.add_many([*batch, relabel("bo", batch="bulk")])
    store.add(relabel(clip_id="curated/later.wav"))
    undone = store.undo("ann", batch[1].token)
    assert undone["clip_id"].tolist() == [decision.clip_id for decision in batch]
    assert set(undone["annotator"]) == {"ann"}
    assert store.undo("ann", batch[0].token).empty
    assert store.undo("ann")["clip_id"].tolist() == ["curated/later.wav"]
    assert store.undo("ann").empty


def test_undo_of_what_one_has_not_decided(store: LabelStore) -> None:
    others = relabel("bo")
    store.add(others)
    for token in (others.token, "no such"):
        with refuses(LabelError, f"No decision of ann with the token '{token}'"):
            store.undo("ann", token)
    assert len(store.decisions()) == 1


def test_undo_in_two_tabs_at_once(store: LabelStore, open_store: Callable[..., LabelStore]) -> None:
    store.add_many([relabel(clip_id=f"curated/{number}.wav") for number in range(6)])
    tabs = [open_store() for _ in range(3)]
    undone: list[str] = []

    def work(tab: LabelStore) -> None:
        for _ in range(3):
            undone.extend(tab.undo("ann")["clip_id"])

    run_together(lambda: work(tabs[0]), lambda: work(tabs[1]), lambda: work(tabs[2]))
    assert sorted(undone) == [f"curated/{number}.wav" for number in range(6)]


def test_two_on_one_clip_at_once(store: LabelStore, open_store: Callable[..., LabelStore]) -> None:
    other = open_store()
    run_together(
        lambda: [store.add(relabel("ann")) for _ in range(20)],
        lambda: [other.add(relabel("bo")) for _ in range(20)],
    )
    assert store.history(CLIP)["annotator"].value_counts().to_dict() == {"ann": 20, "bo": 20}


def test_it_waits_for_a_locked_database_and_says_so(open_store: Callable[..., LabelStore]) -> None:
    locked, free = threading.Event(), threading.Event()
    told: list[str] = []

    def on_wait(message: str) -> None:
        told.append(message)
        free.set()

    holder, store = open_store(), open_store(on_wait=on_wait)

    def hold(_: object) -> None:
        locked.set()
        free.wait(60)

    holds = threading.Thread(target=lambda: holder.database.write(hold))
    holds.start()
    locked.wait(60)
    assert store.decisions().empty  # readers do not wait
    assert told == []
    store.add(relabel())
    free.set()
    holds.join()
    assert told[0].startswith("The label database is busy or away (")
    assert "\n" not in told[0]
    assert len(store.decisions()) == 1


def test_it_gives_up_in_the_end(open_store: Callable[..., LabelStore]) -> None:
    holder, store = open_store(), open_store(patience_s=0)
    errors: list[str] = []

    def try_it() -> None:
        try:
            store.add(relabel())
        except LabelError as error:
            errors.append(str(error))

    trying = threading.Thread(target=try_it)

    def hold(_: object) -> None:
        trying.start()
        trying.join(60)

    holder.database.write(hold)
    trying.join()
    assert re.fullmatch(r"The label database .+ cannot be used \(.*lock.*\); expected [^\n]+", errors[0])
    assert store.decisions().empty


@pytest.mark.parametrize("work", ["add", "undo"])
def test_a_lost_answer_doubles_nothing(store: LabelStore, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_many([relabel(clip_id="curated/1.wav"), relabel(clip_id="curated/2.wav")])
    dialect = store.database._writer.dialect
    commit, lost = dialect.do_commit, connection_error(dialect.name)
    answers = [lost]

    def commit_unheard(connection: Any) -> None:
        commit(connection)
        if answers:
            raise answers.pop()

    monkeypatch.setattr(dialect, "do_commit", commit_unheard)
    if work == "add":
        assert store.add(relabel(clip_id="curated/3.wav")) == 3
    else:
        assert store.undo("ann")["clip_id"].tolist() == ["curated/2.wav"]
    assert answers == []
    assert len(store.decisions()) == 3


def test_rows_refer_to_rows_that_exist(store: LabelStore) -> None:
    row = {"clip_id": CLIP, "annotator": "ann", "action": "undo", "token": "t", "undoes": 99}
    with pytest.raises(LabelError, match=r"(?i)foreign key"):
        store.database.write(
            lambda connection: connection.execute(insert(decisions), row | {"created_at": datetime.now(UTC)})
        )


def test_label_sets(store: LabelStore) -> None:
    first = create_label_set(
        store, "first", resolve(store.decisions(), SOURCE, LatestRule()), rule=LatestRule()
    )
    assert (first.name, first.parent, first.rule, first.num_clips) == ("first", None, LatestRule(), 3)
    store.add_many(
        [Decision(CLIP, "ann", "remove"), Decision("curated/b.wav", "ann", "relabel", "Meow,Bark")]
    )
    unlabelled = pd.DataFrame({"clip_id": ["test/t.wav"], "labels": [""]})
    now = resolve(store.decisions(), pd.concat([SOURCE, unlabelled]), AgreementRule(1))
    second = create_label_set(store, "second", now, rule=AgreementRule(1), parent="first")
    assert (second.num_clips, second.rule) == (2, AgreementRule(1))
    assert list_label_sets(store) == [first, second]
    assert first.created_at.tzinfo == UTC
    expected = {"clip_id": ["curated/C.wav", "curated/b.wav"], "labels": ["Yell", "Bark,Meow"]}
    expected |= {"denied": ["", ""]}
    pd.testing.assert_frame_equal(load_label_set(store, "second"), pd.DataFrame(expected, dtype="str"))


def test_a_label_set_equal_to_another_is_that_one(store: LabelStore) -> None:
    now = resolve(store.decisions(), SOURCE, LatestRule())
    first = create_label_set(store, "first", now, rule=LatestRule())
    turned = now.iloc[::-1].assign(labels=["Yell", "Yell,Bark", "Bark"])
    assert create_label_set(store, "again", turned, rule=LatestRule("ann")) == first
    assert list_label_sets(store) == [first]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "first"}, "There is a label set 'first' with other labels already"),
        ({"name": "new", "parent": "none"}, "No label set 'none': expected first"),
        ({"name": "a/b"}, "Label set 'a/b': expected a name of 1 to 64 letters"),
        ({"name": "a "}, "Label set 'a ': expected a name of 1 to 64 letters"),
        ({"name": "-x"}, "Label set '-x'"),
        ({"name": "x\n"}, "Label set"),
        ({"name": ""}, "Label set ''"),
    ],
)
def test_a_label_set_that_cannot_be_made(store: LabelStore, options: dict[str, str], message: str) -> None:
    create_label_set(store, "first", resolve(store.decisions(), SOURCE, LatestRule()), rule=LatestRule())
    store.add(relabel())
    with refuses(LabelError, message):
        create_label_set(
            store, resolved=resolve(store.decisions(), SOURCE, LatestRule()), rule=LatestRule(), **options
        )
    with refuses(LabelError, "No label set 'x': expected first"):
        load_label_set(store, "x")
    assert [known.name for known in list_label_sets(store)] == ["first"]


def test_a_label_set_that_is_not_there(store: LabelStore) -> None:
    with refuses(LabelError, "No label set 'x': expected one, and there is none yet"):
        load_label_set(store, "x")


def test_a_server_that_restarts_is_waited_for(server: PostgresServer) -> None:
    told: list[str] = []

    def on_wait(message: str) -> None:
        told.append(message)
        if len(told) == 1:
            server.start()

    with LabelStore.open(server.new_database(), on_wait) as store:
        store.add(relabel())
        server.stop("immediate")
        store.add(relabel("bo"))
        assert told
        assert store.decisions()["annotator"].tolist() == ["ann", "bo"]


def test_connections_that_the_server_has_closed_are_not_used(server: PostgresServer) -> None:
    close_all = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database()
    """
    url = server.new_database()
    with LabelStore.open(url) as store, LabelStore.open(url) as other:
        store.add(relabel())
        other.database.read(lambda connection: connection.execute(text(close_all)).all())
        store.add(relabel("bo"))
        assert len(store.decisions()) == 2


def connection_error(database: str) -> Exception:
    """What the driver says when the connection breaks, or would in its place."""
    if database == "sqlite":
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        return error
    import psycopg

    return psycopg.OperationalError("server closed the connection unexpectedly")


def run_together(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
