"""Whose labels count, and what was decided by whom."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from fsat_core.dataset import Catalogue
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore, LatestRule, create_label_set, resolve
from fsat_core.labels.resolve import Rule
from fsat_core.labels.truth import (
    changed_labels,
    decided_among,
    list_truths,
    load_truth,
    name_truth,
    rule_of,
    with_decisions,
    with_labels,
)

CLIPS = pd.DataFrame(
    {
        "clip_id": ["noisy/c.wav", "noisy/a.wav", "noisy/b.wav", "test/t.wav"],
        "split": ["noisy", "noisy", "noisy", "test"],
        "fname": ["c.wav", "a.wav", "b.wav", "t.wav"],
        "labels": ["Meow", "Yell,Bark", "Bark", ""],
        "num_labels": [1, 2, 1, 0],
    }
)
CATALOGUE = hold_catalogue(CLIPS)
A, B, C, T = "noisy/a.wav", "noisy/b.wav", "noisy/c.wav", "test/t.wav"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    """Ann and Bo differ on a, agree on b, Bo removes c, Ann labels t."""
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        opened.add_many(
            [
                Decision(A, "ann", "relabel", "Meow"),
                Decision(A, "bo", "accept", "Bark,Yell"),
                Decision(B, "ann", "relabel", "Meow"),
                Decision(B, "bo", "relabel", "Meow"),
                Decision(C, "bo", "remove"),
                Decision(T, "ann", "relabel", "Bark"),
            ]
        )
        yield opened


def decided_on(decisions: pd.DataFrame, catalogue: Catalogue, rule: Rule) -> pd.DataFrame:
    return with_decisions(catalogue, decided_among(decisions, catalogue, rule)).frame()


@pytest.mark.parametrize(
    ("truth", "labels"),
    [
        ("tables", ["Meow", "Yell,Bark", "Bark", ""]),
        ("mine", ["Meow", "Meow", "Meow", "Bark"]),
        ("everybody", ["", "Yell,Bark", "Meow", "Bark"]),
        ("agreement", ["Meow", "Yell,Bark", "Meow", ""]),
    ],
)
def test_labels_by_each_truth(store: LabelStore, truth: str, labels: list[str]) -> None:
    table = load_truth(store, truth, CATALOGUE, "ann").table
    assert table["clip_id"].tolist() == CLIPS["clip_id"].tolist()
    assert table["labels"].tolist() == labels


def test_labels_of_a_set_leave_out_what_it_has_not(store: LabelStore) -> None:
    rule = LatestRule()
    create_label_set(store, "second pass", resolve(store.decisions(), CLIPS, rule), rule=rule)
    store.add(Decision(B, "ann", "remove"))
    assert list_truths(store)[-1] == "set:second pass"
    labels = load_truth(store, "set:second pass", CATALOGUE).table["labels"]
    assert labels.tolist() == ["", "Yell,Bark", "Meow", "Bark"]
    assert name_truth("set:second pass") == "Label set second pass"


@pytest.mark.parametrize("truth", ["set:none", "everyone", "set:", ""])
def test_no_such_truth(store: LabelStore, truth: str) -> None:
    with pytest.raises(LabelError, match=r"expected .*\."):
        load_truth(store, truth, CATALOGUE)


def test_what_was_decided_by_everybody(store: LabelStore) -> None:
    table = decided_on(store.decisions(), CATALOGUE, LatestRule())
    assert table["status"].tolist() == ["removed", "disputed", "relabelled", "relabelled"]
    assert table["decided_by"].tolist() == ["bo", "ann, bo", "bo", "ann"]
    assert table["decided_at"].notna().all()


def test_what_was_decided_by_one_is_never_disputed(store: LabelStore) -> None:
    store.add(Decision(B, "ann", "unsure"))
    table = decided_on(store.decisions(), CATALOGUE, rule_of("mine", "ann"))
    assert table["status"].tolist() == ["undecided", "relabelled", "unsure", "relabelled"]
    assert table["decided_by"].tolist() == ["", "ann", "ann", "ann"]
    assert table["decided_at"].isna().tolist() == [True, False, False, False]


def test_what_one_of_two_decided_is_undecided_by_nobody(store: LabelStore) -> None:
    table = decided_on(store.decisions(), CATALOGUE, rule_of("agreement"))
    assert table["status"].tolist() == ["undecided", "disputed", "relabelled", "undecided"]
    assert table["decided_by"].tolist() == ["", "ann, bo", "ann, bo", ""]
    assert table["decided_at"].isna().tolist() == [True, False, False, True]


def test_a_dispute_that_was_taken_back_is_none(store: LabelStore) -> None:
    store.undo("ann", store.history(A)["token"].iloc[0])
    table = decided_on(store.decisions(), CATALOGUE, LatestRule())
    assert table["status"].tolist()[1] == "accepted"


def test_nothing_was_decided(tmp_path: Path) -> None:
    with LabelStore.open(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        table = decided_on(store.decisions(), CATALOGUE, LatestRule())
    assert table["status"].tolist() == ["undecided"] * 4
    assert table["decided_by"].tolist() == [""] * 4


def test_the_catalogue_with_other_labels(store: LabelStore) -> None:
    labels = changed_labels("everybody", CATALOGUE, store.decisions())
    table = with_labels(CATALOGUE, labels).frame()
    assert table["labels"].tolist() == ["", "Yell,Bark", "Meow", "Bark"]
    assert table["num_labels"].tolist() == [0, 2, 1, 1]
    assert table["is_removed"].tolist() == [True, False, False, False]
    assert CATALOGUE.frame()["labels"].tolist() == ["Meow", "Yell,Bark", "Bark", ""]


def test_a_folder_that_was_scanned_anew_moves_no_label_to_another_clip(store: LabelStore) -> None:
    labels = changed_labels("everybody", CATALOGUE, store.decisions())
    renamed = CLIPS.replace({"noisy/c.wav": "noisy/new.wav", "c.wav": "new.wav"}).iloc[::-1]
    table = with_labels(hold_catalogue(renamed), labels).frame()
    of_clip = dict(zip(table["clip_id"], table["labels"], strict=True))
    assert of_clip == {T: "Bark", B: "Meow", A: "Yell,Bark", "noisy/new.wav": "Meow"}
