"""Labels that deny a class: `"Howl,-Bark"`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import (
    AgreementRule,
    Decision,
    LabelStore,
    LatestRule,
    UnknownNamesError,
    agreement_table,
    create_label_set,
    diff_label_sets,
    disputes,
    format_labels,
    load_label_set,
    read_import,
    resolve,
    view_label_set,
)
from fsat_core.labels.label_sets import hash_labels
from fsat_core.labels.negatives import complete_labels, read_labels, write_labels

CLASSES = ("Bark", "Howl", "Meow", "-Whoop")
SOURCE = pd.DataFrame(
    {"clip_id": [f"curated/{name}.wav" for name in "abcd"], "labels": ["Bark", "Bark,Howl", "Howl", "-Whoop"]}
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


def now(store: LabelStore, rule: LatestRule | AgreementRule | None = None) -> pd.DataFrame:
    return resolve(store.decisions(), SOURCE, rule or LatestRule())


def said(table: pd.DataFrame) -> list[list[str]]:
    return table[["labels", "denied", "status"]].to_numpy().tolist()


def take_in(store: LabelStore, path: Path, text: str) -> pd.DataFrame:
    path.write_text(text)
    found = read_import(path, now(store), CLASSES)
    store.add_many(found.decisions("ann"))
    return found.rows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Howl,-Bark", ("Howl", "Bark")),
        (" - Bark , Howl, -Bark", ("Howl", "Bark")),
        ("-Bark,-Howl", ("", "Bark,Howl")),
        ("-Whoop", ("-Whoop", "")),  # the class of that name
        ("--Whoop", ("", "-Whoop")),
        ("-Purr", ("-Purr", "")),  # neither: for the caller to refuse
    ],
)
def test_a_minus_denies_a_class_that_there_is(text: str, expected: tuple[str, str]) -> None:
    assert read_labels(text, CLASSES) == expected
    assert read_labels(write_labels(*expected), CLASSES) == expected


@pytest.mark.parametrize(
    ("text", "classes", "message"),
    [
        ("-Bark", ("Bark", "-Bark"), "'-Bark' is a class .* no 'Bark', .* Rename one"),
        ("Howl,Bark,-Bark", CLASSES, "gives 'Bark' and denies it: expected one of the two"),
    ],
)
def test_what_can_be_read_both_ways_is_refused(text: str, classes: tuple[str, ...], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_labels(text, classes)


@pytest.mark.parametrize(
    ("given", "denied", "expected"),
    [
        ("", "Bark", ("Howl", "Meow,Bark")),
        ("", "Bark,Howl", ("", "Meow,Bark,Howl")),
        ("Bark", "", ("Bark", "Meow")),
        ("Meow", "Bark", ("Meow", "Bark")),
    ],
)
def test_what_only_denies_leaves_the_rest_and_a_denial_stays(
    given: str, denied: str, expected: tuple[str, str]
) -> None:
    assert complete_labels(given, denied, "Bark,Howl", "Meow") == expected


def test_a_decision_keeps_what_it_denies_until_it_is_undone(store: LabelStore) -> None:
    store.add(Decision("curated/b.wav", "ann", "relabel", "Howl", denied=" Bark, Meow,Bark"))
    store.add(Decision("curated/a.wav", "ann", "relabel", denied="Bark"))
    store.add(Decision("curated/c.wav", "bo", "accept", "Howl", denied="Meow"))
    assert store.decisions()["denied"].tolist() == ["Bark,Meow", "Bark", "Meow"]
    assert store.history("curated/a.wav")["denied"].tolist() == ["Bark"]
    assert said(now(store)) == [
        ["", "Bark", "relabelled"],
        ["Howl", "Bark,Meow", "relabelled"],
        ["Howl", "Meow", "accepted"],
        ["-Whoop", "", "untouched"],
    ]
    assert store.undo("ann")["denied"].tolist() == ["Bark"]
    assert said(now(store))[0] == ["Bark", "", "untouched"]
    assert store.decisions(after_id=2)["denied"].tolist() == ["Meow", ""]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"action": "relabel", "labels": "Bark", "denied": "Bark"}, "'Bark' on .* is given and denied"),
        ({"action": "remove", "denied": "Bark"}, "with the action remove"),
        ({"action": "relabel"}, "expected class names"),
    ],
)
def test_impossible_decisions_are_refused(fields: dict[str, str], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        Decision("curated/a.wav", "ann", **fields)  # type: ignore[arg-type]


def test_in_an_agreement_so_many_have_to_deny_a_class(store: LabelStore) -> None:
    store.add(Decision("curated/b.wav", "ann", "relabel", "Howl", denied="Bark,Meow"))
    store.add(Decision("curated/b.wav", "bo", "relabel", "Howl", denied="Bark"))
    store.add(Decision("curated/b.wav", "cy", "relabel", "Howl"))
    store.add(Decision("curated/a.wav", "ann", "relabel", denied="Bark"))
    store.add(Decision("curated/a.wav", "bo", "remove"))
    table = now(store, AgreementRule(2))
    assert said(table)[:2] == [["Bark", "", "disputed"], ["Howl", "Bark", "relabelled"]]
    assert agreement_table(store.decisions())["agreed"].tolist() == [0.5, 1.0, 1.0]
    assert disputes(store.decisions())[["annotator", "labels", "denied"]].to_numpy().tolist() == [
        ["ann", "", "Bark"],
        ["bo", "", ""],
    ]


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_negatives_go_out_and_come_in(store: LabelStore, tmp_path: Path, suffix: str) -> None:
    rows = {"a.wav": "-Bark", "b.wav": "-Bark", "c.wav": "Howl,-Bark", "d.wav": "-Whoop"}
    text = "fname,labels\n" + "".join(f'{name},"{labels}"\n' for name, labels in rows.items())
    changes = take_in(store, tmp_path / f"in{suffix}", text if suffix == ".csv" else json.dumps(rows))
    assert changes["action"].tolist() == ["relabel", "relabel", "accept"]
    assert said(now(store)) == [
        ["", "Bark", "relabelled"],
        ["Howl", "Bark", "relabelled"],
        ["Howl", "Bark", "accepted"],
        ["-Whoop", "", "untouched"],
    ]
    out = format_labels(now(store), suffix)
    assert "Howl,-Bark" in out
    assert take_in(store, tmp_path / f"out{suffix}", out).empty
    with LabelStore.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        take_in(other, tmp_path / f"out{suffix}", out)
        assert said(now(other)) == said(now(store))


def test_a_file_without_negatives_takes_none_back(store: LabelStore, tmp_path: Path) -> None:
    store.add(Decision("curated/b.wav", "ann", "relabel", "Howl", denied="Bark"))
    assert take_in(store, tmp_path / "same.csv", "fname,labels\nb.wav,Howl\n").empty
    take_in(store, tmp_path / "other.csv", "fname,labels\nb.wav,Meow\n")
    assert said(now(store))[1] == ["Meow", "Bark", "relabelled"]
    take_in(store, tmp_path / "given.csv", "fname,labels\nb.wav,Bark\n")
    assert said(now(store))[1] == ["Bark", "", "relabelled"]


def test_a_denial_brings_no_removed_clip_back(store: LabelStore, tmp_path: Path) -> None:
    store.add(Decision("curated/a.wav", "ann", "remove"))
    path = tmp_path / "denied.csv"
    path.write_text("fname,labels\na.wav,-Howl\n")
    found = read_import(path, now(store), CLASSES)
    assert found.rows.empty
    assert found.warnings == ("1 clip stays removed, though classes of it are denied: give labels.",)


def test_an_unknown_class_after_the_minus_is_one_line(store: LabelStore, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('fname,labels\na.wav,"Howl,-Purr"\n')
    with pytest.raises(UnknownNamesError, match=r"1 unknown class \('-Purr'\).*after a minus"):
        read_import(path, now(store), CLASSES)
    path.write_text('fname,labels\na.wav,"Howl,-Howl"\n')
    with pytest.raises(LabelError, match=r"labels.csv: .*gives 'Howl' and denies it"):
        read_import(path, now(store), CLASSES)


def test_a_label_set_keeps_them(store: LabelStore) -> None:
    plain = create_label_set(store, "plain", now(store), rule=LatestRule())
    assert plain.sha256 == hash_labels(SOURCE.assign(denied=""))
    store.add(Decision("curated/a.wav", "ann", "relabel", denied="Bark"))
    store.add(Decision("curated/c.wav", "ann", "accept", "Howl", denied="Bark"))
    denying = create_label_set(store, "denying", now(store), rule=LatestRule())
    assert denying.num_clips == 4
    labels = load_label_set(store, "denying")
    assert labels[["labels", "denied"]].to_numpy().tolist()[:3] == [
        ["", "Bark"],
        ["Bark,Howl", ""],
        ["Howl", "Bark"],
    ]
    assert said(view_label_set(labels, SOURCE))[0] == ["", "Bark", "relabelled"]
    assert diff_label_sets(load_label_set(store, "plain"), labels).to_numpy().tolist() == [
        ["curated/a.wav", "Bark", "-Bark", "relabelled"],
        ["curated/c.wav", "Howl", "Howl,-Bark", "relabelled"],
    ]
