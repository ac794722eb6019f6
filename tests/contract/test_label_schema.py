"""Label databases of every version of the schema, on both back ends: opened, brought forward or refused."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Column, MetaData, Table, Text, text

from fsat_core.errors import LabelError
from fsat_core.labels import (
    AgreementRule,
    Decision,
    LabelStore,
    LatestRule,
    list_label_sets,
    list_queues,
    load_label_set,
    load_queue,
)
from fsat_core.labels.database import Database
from fsat_core.labels.fixed_keys import FixedKey, keep_fixed_keys
from fsat_core.labels.queues.settings import read_settings
from fsat_core.labels.schema import STEPS, Step, newest
from fsat_core.labels.tables import OPTIONAL, metadata
from tools.postgres_server import PostgresServer

SCHEMAS = Path(__file__).parent / "label_schemas"
CLIP = "curated/žluť 犬.wav"


def added_column(name: str) -> Step:
    column = Column(name, Text, nullable=False, server_default="none")
    Table("decisions", MetaData(), column)
    return Step(f"A test of {name}", column)


NEXT = (*STEPS, added_column("mood"))
AFTER_NEXT = (*NEXT, Step("A test of a table", Table("moods", MetaData(), Column("mood", Text))))


@pytest.fixture
def old_url(url: str) -> str:
    """The address of a database of version 1, as it was made before the number was kept."""
    kind = url.partition(":")[0]
    script = "".join((SCHEMAS / f"version_1.{name}.sql").read_text() for name in (kind, "rows"))
    if kind == "sqlite":
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.executescript(script)
        connection.close()
    else:
        psycopg = pytest.importorskip("psycopg", reason="PostgreSQL's driver is an extra")
        with psycopg.connect(url) as connection:
            connection.execute(script)
    return url


def ask(database: Database, query: str) -> list[tuple[Any, ...]]:
    return database.read(lambda connection: [tuple(row) for row in connection.execute(text(query))])


def version(database: Database) -> list[int]:
    return [number for (number,) in ask(database, "SELECT version FROM schema_version")]


def check_rows(store: LabelStore) -> None:
    """Everything that the old database had in it."""
    table = store.decisions()
    assert table["id"].tolist() == [1, 2, 3, 4]
    assert table["annotator"].tolist() == ["Zoë", "bo", "bo", "bo"]
    assert table["action"].tolist() == ["relabel", "remove", "undo", "accept"]
    assert table["undoes"].fillna(0).tolist() == [0, 0, 2, 0]
    first = table.iloc[0].drop(["id", "undoes", "created_at"]).to_dict()
    assert first == {
        "clip_id": CLIP,
        "annotator": "Zoë",
        "action": "relabel",
        "labels": "Bark,Meow",
        "previous_labels": "Bark",
        "queue": "Most suspect by r",
        "run_id": "r",
        "note": 'says "so"; --',
        "batch": "b1",
        "token": "t1",
        "denied": "",
    }
    assert table["created_at"][0] == datetime(2026, 1, 31, 14, 25, 30, 123456, UTC)
    sets = list_label_sets(store)
    assert [(known.name, known.parent, known.num_clips) for known in sets] == [
        ("first", None, 2),
        ("second", "first", 1),
    ]
    assert [known.rule for known in sets] == [LatestRule(), AgreementRule(2, "Zoë")]
    assert sets[0].created_at == datetime(2026, 1, 31, 15, tzinfo=UTC)
    columns = {"clip_id": ["curated/b.wav", CLIP], "labels": ["Meow", "Bark"], "denied": ["", ""]}
    expected = pd.DataFrame(columns, dtype="str")
    pd.testing.assert_frame_equal(load_label_set(store, "first"), expected)
    assert list_queues(store)["name"].tolist() == ["Random sample", "Most suspect by r"]
    queue = load_queue(store, 1)
    assert (queue.kind, queue.settings, queue.created_by) == ("suspect", {"limit": 2, "run": "r"}, "Zoë")
    assert queue.clips.to_numpy().tolist() == [
        ["curated/b.wav", "label Meow 0.02, Bark 0.93", "Bark"],
        [CLIP, "", ""],
    ]
    assert list(load_queue(store, 2).clips) == ["clip_id", "reason"]


def test_a_database_without_a_number_gets_one_and_loses_nothing(old_url: str) -> None:
    for _ in range(2):
        with LabelStore.open(old_url) as store:
            check_rows(store)
            assert version(store.database) == [newest()]
    with LabelStore.open(old_url) as store:
        assert store.undo("bo")["id"].tolist() == [4]
        assert store.add(Decision(CLIP, "bo", "unsure")) == 6


def test_a_new_database_has_the_newest_number(url: str) -> None:
    with LabelStore.open(url) as store:
        assert version(store.database) == [newest()]


def test_a_database_without_queues_gets_them(old_url: str) -> None:
    """The first of all programs knew no queues."""
    with LabelStore.open(old_url) as store:
        for name in (*(table.name for table in OPTIONAL), "queue_clips", "queues"):
            store.database.write(lambda connection, each=name: metadata.tables[each].drop(connection))  # type: ignore[misc]
    with LabelStore.open(old_url) as store:
        store.add(Decision(CLIP, "cy", "accept", "Meow", denied="Bark"))
        assert store.undo("cy")["denied"].tolist() == ["Bark"]
        assert list_queues(store).empty
        assert len(store.decisions()) == 6


@pytest.mark.parametrize("steps", [NEXT, AFTER_NEXT], ids=["one step", "two steps"])
def test_a_step_is_taken_once_and_old_rows_survive(old_url: str, steps: tuple[Step, ...]) -> None:
    with LabelStore(Database(old_url)) as running:  # a program of the version before, which goes on
        for _ in range(2):
            with LabelStore(Database(old_url, steps=steps)) as store:
                check_rows(store)
                assert version(store.database) == [newest(steps)]
                assert ask(store.database, "SELECT mood FROM decisions") == [("none",)] * 4
        running.add(Decision(CLIP, "bo", "unsure"))
        assert ask(running.database, "SELECT mood FROM decisions WHERE id > 4") == [("none",)]


def test_a_later_program_goes_on_where_an_earlier_one_was(old_url: str) -> None:
    for steps in (STEPS, NEXT, AFTER_NEXT):
        with LabelStore(Database(old_url, steps=steps)) as store:
            check_rows(store)
            assert version(store.database) == [newest(steps)]
    with LabelStore(Database(old_url, steps=AFTER_NEXT)) as store:
        assert ask(store.database, "SELECT mood FROM moods") == []


def test_a_database_newer_than_the_program_is_left_alone(old_url: str) -> None:
    Database(old_url, steps=AFTER_NEXT).close()
    with pytest.raises(LabelError) as caught:
        LabelStore.open(old_url)
    message = str(caught.value)
    assert f"has version {newest() + 2} of the tables; expected {newest()} or less" in message
    assert "Use a newer version of this program" in message
    assert "\n" not in message
    with LabelStore(Database(old_url, steps=AFTER_NEXT)) as store:
        assert version(store.database) == [newest(AFTER_NEXT)]
        check_rows(store)


def test_a_step_that_fails_leaves_the_database_as_it_was(old_url: str) -> None:
    column = Column("note", Text)
    Table("nowhere", MetaData(), column)
    with pytest.raises(LabelError, match="nowhere"):
        Database(old_url, steps=(*NEXT, Step("A test of what fails", column)))
    with LabelStore.open(old_url) as store:
        check_rows(store)
        assert version(store.database) == [newest()]
        with pytest.raises(LabelError, match="mood"):
            ask(store.database, "SELECT mood FROM decisions")


def test_two_that_open_it_at_once(old_url: str) -> None:
    ready = threading.Barrier(4)
    errors: list[Exception] = []

    def open_it() -> None:
        ready.wait(60)
        try:
            Database(old_url, steps=AFTER_NEXT).close()
        except Exception as error:  # for the test to show
            errors.append(error)

    run_together([open_it] * 4)
    assert errors == []
    with LabelStore(Database(old_url, steps=AFTER_NEXT)) as store:
        assert version(store.database) == [newest(AFTER_NEXT)]
        check_rows(store)


def test_an_old_database_that_can_only_be_read(
    old_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read as ever, without a number; what it cannot do is said when it is asked for."""
    monkeypatch.chdir(tmp_path)  # the address of a file with options is taken for a relative path as well
    read_only = read_only_address(old_url)
    with LabelStore.open(read_only) as store:
        check_rows(store)
        assert read_settings(store, "bo") == {}
        with pytest.raises(LabelError, match=r"cannot be used \(.*read-?only.*\); expected a"):
            store.add(Decision(CLIP, "bo", "unsure"))
    with pytest.raises(LabelError, match=r"cannot be used \(.*read-?only.*\); expected a"):
        Database(read_only, steps=NEXT)


def test_annotators_who_may_not_change_tables_of_the_owner(server: PostgresServer) -> None:
    url = server.new_database()
    tables = [name for name in metadata.tables if name != "schema_version"]
    with LabelStore.open(url) as store:
        for statement in (
            "CREATE ROLE annotator LOGIN",
            f"GRANT SELECT, INSERT ON {', '.join(tables)} TO annotator",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO annotator",
        ):
            store.database.write(lambda connection, sql=statement: connection.execute(text(sql)))  # type: ignore[misc]
    annotators = url.replace("postgres@", "annotator@")
    with LabelStore.open(annotators) as store:
        assert store.add(Decision(CLIP, "bo", "unsure")) == 1
    with pytest.raises(LabelError, match="must be owner of table decisions"):
        Database(annotators, steps=NEXT)
    with LabelStore.open(url) as store:  # back to how it was before the number was kept
        store.database.write(lambda connection: connection.execute(text("DROP TABLE schema_version")))
    with LabelStore.open(annotators) as store:
        assert store.add(Decision(CLIP, "bo", "unsure")) == 2


def test_annotators_of_an_older_database_may_use_what_its_owner_adds(server: PostgresServer) -> None:
    url = server.new_database()

    def run(*statements: str) -> None:
        with LabelStore.open(url) as store:
            for sql in statements:
                store.database.write(lambda connection, sql=sql: connection.execute(text(sql)))  # type: ignore[misc]

    added = [table.name for table in OPTIONAL]
    run(
        f"DROP TABLE {', '.join(added)}",
        "CREATE ROLE colleague LOGIN",
        "GRANT SELECT, INSERT ON decisions, queues TO colleague",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO colleague",
    )
    LabelStore.open(url).close()
    colleagues = url.replace("postgres@", "colleague@")
    with LabelStore.open(colleagues) as store:
        store.add(Decision(CLIP, "bo", "relabel", denied="Bark"))
        assert store.decisions()["denied"].tolist() == ["Bark"]
        keep_fixed_keys(store, "bo", [FixedKey(key="q", label="Bark")])
    run("REVOKE SELECT ON decision_denials FROM colleague")
    with (
        LabelStore.open(colleagues) as store,
        pytest.raises(LabelError, match=r"may not read its table decision_denials; expected .* GRANT SELECT"),
    ):
        store.decisions()


def read_only_address(url: str) -> str:
    if url.startswith("sqlite"):
        return url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    return url + "&options=-c%20default_transaction_read_only%3Don"


def run_together(works: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
