"""Decisions to files and back: who, when and from which queue."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelImport, LabelStore, LatestRule, read_import, resolve
from fsat_core.labels.exchange import format_details

CLASSES = ("Bark", "Howl", "=Meow")
SOURCE = pd.DataFrame(
    {"clip_id": ["noisy/a.wav", "curated/a.wav", "curated/b.wav"], "labels": ["Howl", "Bark", "Bark,Howl"]}
)
FIELDS = ["clip_id", "annotator", "action", "labels", "denied", "previous_labels", "queue", "run_id", "note"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    """Some decisions of two, one of which was taken back."""
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        opened.add_many(
            [
                Decision("curated/b.wav", "ann", "relabel", "=Meow", "Bark,Howl", "Random", denied="Bark"),
                Decision("curated/a.wav", "Zoë", "remove", previous_labels="Bark", note='says "so"; =1'),
                Decision("noisy/a.wav", "ann", "unsure", queue="Random", run_id="r"),
                Decision("curated/b.wav", "Zoë", "accept", "Bark,Howl"),
                Decision("curated/gone.wav", "ann", "remove"),
                Decision("curated/a.wav", "bo", "remove"),
            ]
        )
        opened.undo("bo")
        yield opened


def export(store: LabelStore, path: Path, split: str | None = None) -> Path:
    path.write_text(format_details(store.decisions(), now(store), path.suffix, split))
    return path


def now(store: LabelStore) -> pd.DataFrame:
    return resolve(store.decisions(), SOURCE, LatestRule())


def read(store: LabelStore, path: Path) -> LabelImport:
    return read_import(path, now(store), CLASSES, known=set(store.decisions()["token"]))


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_who_when_and_from_which_queue_come_to_another_database_once(
    store: LabelStore, tmp_path: Path, suffix: str
) -> None:
    path = export(store, tmp_path / f"decisions{suffix}")
    with LabelStore.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        for _ in range(2):
            other.add_many(read(other, path).decisions("importer"))
        kept = other.decisions()
        assert read(other, path).unchanged == 4
        assert export(other, tmp_path / f"again{suffix}").read_text().count("Random") == 2
    made = store.decisions().head(4)
    pd.testing.assert_frame_equal(kept[[*FIELDS, "created_at"]], made[[*FIELDS, "created_at"]])
    assert kept["token"].tolist() == made["token"].tolist()


def test_where_they_were_made_they_are_there_already(store: LabelStore, tmp_path: Path) -> None:
    found = read(store, export(store, tmp_path / "decisions.csv"))
    assert (len(found.rows), found.unchanged, found.of_decisions) == (0, 4, True)


def test_a_row_is_a_decision_and_clips_are_named_as_in_labels(store: LabelStore, tmp_path: Path) -> None:
    with export(store, tmp_path / "decisions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["fname"], row["labels"], row["annotator"]) for row in rows] == [
        ("b.wav", "'=Meow,-Bark", "ann"),
        ("a.wav", "remove", "Zoë"),
        ("noisy/a.wav", "", "ann"),
        ("b.wav", "Bark,Howl", "Zoë"),
    ]
    assert len(json.loads(export(store, tmp_path / "noisy.json", "noisy").read_text())) == 1


def test_what_a_file_lacks_is_the_importers(store: LabelStore, tmp_path: Path) -> None:
    path = tmp_path / "by_hand.csv"
    path.write_text(
        "fname,labels,action,annotator,decided_at\nb.wav,-Howl,relabel,,2026-01-31T14:25:30Z\na.wav,Howl,relabel,cy,\n"
    )
    for num in (2, 0):
        found = read(store, path)
        assert len(store.add_many(found.decisions("importer"))) == num
    rows = store.decisions().tail(2)
    assert rows[["annotator", "labels", "denied", "queue"]].to_numpy().tolist() == [
        ["importer", "", "Howl", ""],
        ["cy", "Howl", "", ""],
    ]
    assert rows["created_at"].iloc[0] == pd.Timestamp("2026-01-31T14:25:30Z")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,Bark,burn,ann,", "the action 'burn' for 'a.wav': expected accept or relabel"),
        ("a.wav,Bark,accept,ann,yesterday", "the time 'yesterday' for 'a.wav': expected one such as"),
        ("a.wav,remove,relabel,ann,", "the labels 'remove' with the action relabel for 'a.wav'"),
        ("a.wav,Purr,accept,ann,", "1 unknown class"),
        ("z.wav,Bark,accept,ann,", "1 unknown clip"),
    ],
)
def test_a_row_that_makes_no_sense_is_one_line(
    store: LabelStore, tmp_path: Path, row: str, message: str
) -> None:
    path = tmp_path / "by_hand.csv"
    path.write_text(f"fname,labels,action,annotator,decided_at\n{row}\n")
    with pytest.raises(LabelError, match=message):
        read(store, path)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_an_export_of_no_decisions_changes_nothing(tmp_path: Path, suffix: str) -> None:
    with LabelStore.open(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        found = read(empty, export(empty, tmp_path / f"decisions{suffix}"))
        assert (found.decisions("importer", empty.decisions()), found.unchanged) == ([], 0)


def test_a_list_of_something_else_is_one_line(store: LabelStore, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    contents: list[list[dict[str, object]]] = [
        [{"fname": "a.wav", "labels": "Bark"}],
        [{"fname": "a.wav", "labels": 3}],
        [{}],
    ]
    for content in contents:
        path.write_text(json.dumps(content))
        with pytest.raises(LabelError, match="is a list, but not of decisions: expected objects of texts"):
            read(store, path)
