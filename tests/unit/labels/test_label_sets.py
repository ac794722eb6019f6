"""Label sets as tables: their hash, their differences, what they look like beside the source."""

import hashlib

import pandas as pd

from fsat_core.labels import diff_label_sets, view_label_set
from fsat_core.labels.label_sets import hash_labels


def table(**labels: str) -> pd.DataFrame:
    columns = {"clip_id": list(labels), "labels": list(labels.values()), "denied": ""}
    return pd.DataFrame(columns, dtype="str")


def test_the_hash_is_of_the_labels_and_stays_the_same() -> None:
    expected = hashlib.sha256(b'[["a","Meow"],["b","Bark,Yell"]]').hexdigest()
    assert hash_labels(table(b="Yell,Bark", a="Meow")) == expected
    assert hash_labels(table(a="Meow", b="Bark,Yell")) == expected
    assert hash_labels(table(a="Žluť")) == hashlib.sha256('[["a","Žluť"]]'.encode()).hexdigest()
    assert hash_labels(table(a="Meow", b="Bark")) != expected
    assert hash_labels(table(a="Meow", c="Bark,Yell")) != expected


def test_diff() -> None:
    a = table(a="Bark", b="Bark", c="Bark,Meow", d="Yell")
    b = table(e="Yell", a="Bark", b="Meow,Bark", c="Meow,Bark")
    assert diff_label_sets(a, b).to_numpy().tolist() == [
        ["b", "Bark", "Meow,Bark", "relabelled"],
        ["d", "Yell", "", "removed"],
        ["e", "", "Yell", "added"],
    ]
    assert diff_label_sets(a, a).empty
    assert diff_label_sets(a.head(0), a)["change"].tolist() == ["added"] * 4


def test_a_set_beside_the_source() -> None:
    source = table(d="", c="Bark,Meow", b="Bark", a="Yell", e="")
    labels = table(a="Yell", c="Meow,Bark", e="Bark", gone="Bark")
    assert view_label_set(labels, source)[["clip_id", "labels", "status"]].to_numpy().tolist() == [
        ["d", "", "untouched"],
        ["c", "Bark,Meow", "untouched"],
        ["b", "", "removed"],
        ["a", "Yell", "untouched"],
        ["e", "Bark", "relabelled"],
    ]
