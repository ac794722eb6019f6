"""Labels to files and back."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pytest

from fsat_core.dataset import open_dataset, read_table, scan
from fsat_core.errors import DatasetError, FsatError, LabelError
from fsat_core.labels import (
    AgreementRule,
    Decision,
    LabelStore,
    LatestRule,
    UnknownNamesError,
    export_labels,
    format_labels,
    read_import,
    resolve,
)
from tests.helpers.messages import refuses, whole_message

CLASSES = ("Bark", "Meow", "Yell")
SOURCE = pd.DataFrame(
    {
        "clip_id": [
            "test/t.wav",
            "noisy/same.wav",
            "noisy/n, 1.wav",
            "curated/a.wav",
            "curated/same.wav",
            "curated/b.wav",
        ],
        "labels": ["", "Meow", "Yell", "Yell,Bark", "Bark", "Meow"],
    }
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def corrected(store: LabelStore) -> pd.DataFrame:
    """`SOURCE` with one clip relabelled, one removed, one accepted and one unsure."""
    store.add_many(
        [
            Decision("noisy/same.wav", "ann", "relabel", "Yell,Meow"),
            Decision("curated/a.wav", "ann", "remove"),
            Decision("curated/b.wav", "ann", "accept", "Meow"),
            Decision("noisy/n, 1.wav", "ann", "unsure"),
        ]
    )
    return resolve(store.decisions(), SOURCE, LatestRule())


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | dict | list], Path]:
    """Writes a file: text as it is, anything else as JSON."""

    def write_one(name: str, content: str | dict | list) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write_one


def now(store: LabelStore) -> pd.DataFrame:
    return resolve(store.decisions(), SOURCE, LatestRule())


def test_csv_is_the_source_format(corrected: pd.DataFrame) -> None:
    assert format_labels(corrected, ".csv", "curated") == "fname,labels\nsame.wav,Bark\nb.wav,Meow\n"
    assert (
        format_labels(corrected, ".csv", "noisy") == 'fname,labels\nsame.wav,"Meow,Yell"\n"n, 1.wav",Yell\n'
    )


def test_json_says_what_is_removed(corrected: pd.DataFrame) -> None:
    assert json.loads(format_labels(corrected, ".json")) == {
        "noisy/same.wav": "Meow,Yell",  # the plain name means the curated clip
        "n, 1.wav": "Yell",
        "a.wav": "remove",
        "same.wav": "Bark",
        "b.wav": "Meow",
    }


@pytest.mark.parametrize("suffix", [".csv", ".json", ".CSV", ".JSON"])
@pytest.mark.parametrize("split", [None, "curated", "noisy"])
def test_an_export_changes_nothing(
    store: LabelStore, corrected: pd.DataFrame, tmp_path: Path, suffix: str, split: str | None
) -> None:
    path = tmp_path / f"labels{suffix}"
    export_labels(path, corrected, split)
    found = read_import(path, corrected, CLASSES, split)
    assert found.rows.empty
    assert len(found.agreeing) > 0
    assert store.add_many(found.decisions("bo")) == []


def test_an_export_brings_decisions_to_another_database(corrected: pd.DataFrame, tmp_path: Path) -> None:
    export_labels(tmp_path / "labels.json", corrected)
    with LabelStore.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        store_ids = other.add_many(read_import(tmp_path / "labels.json", now(other), CLASSES).decisions("bo"))
        assert len(store_ids) == 2
        assert now(other)["labels"].tolist() == corrected["labels"].tolist()
        undone = other.undo("bo")
        assert undone[["queue", "previous_labels"]].to_numpy().tolist() == [
            ["import", "Meow"],
            ["import", "Yell,Bark"],
        ]
        assert now(other)["labels"].tolist() == SOURCE["labels"].tolist()


def test_an_exported_split_is_a_table_of_the_data_set(write_set: Callable[..., Path], tmp_path: Path) -> None:
    root = write_set(tmp_path / "set")
    catalogue = scan(open_dataset(root), tmp_path / "cache")
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as store:
        labels = resolve(store.decisions(), catalogue, LatestRule())
    exported = tmp_path / "train_curated.csv"
    export_labels(exported, labels, "curated")
    pd.testing.assert_frame_equal(read_table(exported).rows, read_table(root / "train_curated.csv").rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'fname,labels\na.wav,"Bark, Meow"\nb.wav,remove\nt.wav,Bark\nsame.wav,Bark\n'),
        ("a.json", {"a.wav": "Bark,Meow", "b.wav": "remove", "t.wav": "Bark", "same.wav": "Bark"}),
        (
            "a.json",
            {
                "curated/a.wav": "Meow,Bark",
                "b.wav": "remove",
                "test/t.wav": "Bark",
                "curated/same.wav": "Bark",
            },
        ),
        (
            "a.csv",
            'labels,fname,clip_id\nBark,same.wav,test/t.wav\nBark,same.wav,\nremove,b.wav,\n"Meow,Bark",a.wav,',
        ),
    ],
)
def test_what_an_import_changes(write: Callable[..., Path], name: str, content: str | dict) -> None:
    path = write(name, content)
    with path.open("rb") as file:
        sources: list[Path | BinaryIO] = [
            path,
            file,
            file,
        ]  # an open file is read from its beginning each time
        for found in [read_import(source, resolve_nothing(), CLASSES) for source in sources]:
            rows = sorted(found.rows.itertuples(index=False, name=None))
            assert rows == [
                ("curated/a.wav", "relabel", "Bark,Meow", "", "Yell,Bark"),
                ("curated/b.wav", "remove", "", "", "Meow"),
                ("test/t.wav", "relabel", "Bark", "", ""),
            ]
            assert len(found.agreeing) == 1


def test_an_import_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes('fname;labels;\n"A.WAV";Bark , Meow;\nb;remove;\n;;\n'.encode("utf-16"))
    found = read_import(path, resolve_nothing(), CLASSES)
    assert sorted(found.rows[["clip_id", "labels"]].itertuples(index=False, name=None)) == [
        ("curated/a.wav", "Bark,Meow"),
        ("curated/b.wav", ""),
    ]
    read, named = found.warnings
    assert read.startswith("labels.csv was read assuming that its text is UTF-16, cells end at semicolons, ")
    assert (
        named
        == "labels.csv writes 2 names in another way than the data set: 'A.WAV' for 'a.wav', 'b' for 'b.wav'."
    )


def test_of_many_names_written_in_another_way_three_are_shown(write: Callable[..., Path]) -> None:
    names = ["A.wav", "B.wav", "T.wav", "N, 1.wav"]
    found = read_import(write("labels.json", dict.fromkeys(names, "Bark")), resolve_nothing(), CLASSES)
    assert found.warnings == (
        "labels.json writes 4 names in another way than the data set: "
        "'A.wav' for 'a.wav', 'B.wav' for 'b.wav', 'N, 1.wav' for 'n, 1.wav' and 1 more.",
    )


def test_json_has_a_line_for_each_clip_in_its_own_letters() -> None:
    labels = pd.DataFrame(
        {"clip_id": ["curated/ž.wav", "curated/b.wav"], "labels": ["Bark", ""], "status": "", "denied": ""}
    )
    assert format_labels(labels, ".json") == '{\n "ž.wav": "Bark"\n}\n'


def test_json_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes('{"a.wav": "Bark"}'.encode("utf-16"))
    found = read_import(path, resolve_nothing(), CLASSES)
    assert found.rows["clip_id"].tolist() == ["curated/a.wav"]
    assert found.warnings == ("labels.json was read assuming that its text is UTF-16.",)
    path.write_text('{"a.wav": "Bark"}')
    assert read_import(path, resolve_nothing(), CLASSES).warnings == ()


def test_a_name_in_two_splits(write: Callable[..., Path]) -> None:
    path = write("labels.json", {"same.wav": "Yell", "a.wav": "Bark"})
    found = read_import(path, resolve_nothing(), CLASSES)
    assert found.rows["clip_id"].tolist() == ["curated/same.wav", "curated/a.wav"]
    assert found.ambiguous == ("curated/same.wav",)
    path = write("labels.json", {"same.wav": "Yell"})
    chosen = read_import(path, resolve_nothing(), CLASSES, split="noisy")
    assert chosen.rows["clip_id"].tolist() == ["noisy/same.wav"]
    assert chosen.ambiguous == ()
    path = write("labels.json", {"noisy/same.wav": "Yell"})
    assert read_import(path, resolve_nothing(), CLASSES).ambiguous == ()


def test_a_removed_clip_comes_back(
    store: LabelStore, corrected: pd.DataFrame, write: Callable[..., Path]
) -> None:
    found = read_import(write("labels.csv", 'fname,labels\na.wav,"Bark,Yell"\n'), corrected, CLASSES)
    store.add_many(found.decisions("bo"))
    assert now(store).set_index("clip_id").loc["curated/a.wav", ["labels", "status"]].tolist() == [
        "Yell,Bark",
        "accepted",
    ]


def test_what_others_still_have_to_agree_to_is_not_in_an_export(
    store: LabelStore, write: Callable[..., Path]
) -> None:
    store.add(Decision("curated/a.wav", "ann", "remove"))
    labels = resolve(store.decisions(), SOURCE, AgreementRule(2))
    assert json.loads(format_labels(labels, ".json"))["a.wav"] == "Yell,Bark"


def test_unknown_names_are_all_listed(write: Callable[..., Path]) -> None:
    content = {f"x{number:02d}.wav": "Bark" for number in range(25)} | {
        "a.wav": "Bark,Woof",
        "b.wav": "Quack",
        "same.wav": "Yell",
    }
    path = write("labels.json", content)
    with pytest.raises(UnknownNamesError) as caught:
        read_import(path, resolve_nothing(), CLASSES)
    message = whole_message(caught)
    assert isinstance(caught.value, LabelError)
    assert "labels.json names 25 unknown clips ('x00.wav', " in message
    assert "'x19.wav' and 5 more) and 2 unknown classes ('Quack', 'Woof') that" in message
    assert "x20.wav" not in message
    assert caught.value.unknown_clips == tuple(f"x{number:02d}.wav" for number in range(25))
    assert caught.value.unknown_classes == ("Quack", "Woof")

    skipped = read_import(path, resolve_nothing(), CLASSES, skip_unknown=True)
    assert skipped.rows["clip_id"].tolist() == ["curated/same.wav"]
    assert skipped.unknown_clips == caught.value.unknown_clips
    assert skipped.unknown_classes == caught.value.unknown_classes


def test_a_clip_of_another_split_is_unknown(write: Callable[..., Path]) -> None:
    path = write("labels.csv", "fname,labels\na.wav,Bark\n")
    with refuses(UnknownNamesError, r"names 1 unknown clip \('a\.wav'\) that"):
        read_import(path, resolve_nothing(), CLASSES, split="noisy")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", r"File 'a\.txt': expected a name that ends in \.csv or \.json"),
        ("a.csv", "fname\na.wav\n", "a.csv has no column 'labels'"),
        ("a.csv", "clip,labels\na.wav,Bark\n", "a.csv has no column 'fname'"),
        ("a.csv", "", "a.csv cannot be read as CSV"),
        (
            "a.csv",
            "fname,labels\n\na.wav,\nb.wav,Bark\n",
            r"no labels for 1 clip, the first is 'a\.wav' in line 3:",
        ),
        (
            "a.csv",
            "fname,labels\na.wav,Bark\na.wav,Meow\n",
            r"names 1 clip twice, the first is 'curated/a\.wav' in line 3:",
        ),
        ("a.json", '{"a.wav": "Bark", "a.wav": "Meow"}', "twice"),
        ("a.json", {"a.wav": "Bark", "curated/a.wav": "Meow"}, "twice"),
        ("a.json", "{", "a.json cannot be read as JSON"),
        ("a.json", "[" * 100_000, "a.json cannot be read as JSON"),
        ("a.json", ["a.wav"], "a.json is not an object from file names to texts"),
        ("a.json", [["a.wav", "Bark"]], "is not an object"),
        ("a.json", {"a.wav": ["Bark"]}, "is not an object"),
        ("a.json", {"a.wav": {"x": "Bark"}}, "is not an object"),
        ("a.json", {"a.wav": ""}, "no labels for 1"),
        ("a.json", {"a.wav": "Bark,remove"}, r"1 unknown class \('remove'\)"),
    ],
)
def test_a_file_that_cannot_be_used(
    write: Callable[..., Path], name: str, content: str | dict | list, message: str
) -> None:
    with refuses(FsatError, message):
        read_import(write(name, content), resolve_nothing(), CLASSES)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with refuses(LabelError, r"a\.json cannot be read"):
        read_import(tmp_path / "a.json", resolve_nothing(), CLASSES)
    with refuses(DatasetError, r"a\.csv cannot be read"):
        read_import(tmp_path / "a.csv", resolve_nothing(), CLASSES)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with refuses(LabelError, r"a\.csv cannot be written \(.+\)"):
        export_labels(tmp_path / "file" / "a.csv", resolve_nothing())
    with refuses(LabelError, r"expected a name that ends in \.csv or \.json"):
        export_labels(tmp_path / "a.xlsx", resolve_nothing())


def test_an_empty_object_changes_nothing(write: Callable[..., Path]) -> None:
    found = read_import(write("a.json", {}), resolve_nothing(), CLASSES)
    assert found.rows.empty
    assert found.decisions("ann") == []


def resolve_nothing() -> pd.DataFrame:
    """`SOURCE`, as nobody has touched it."""
    return SOURCE.assign(status="untouched", denied="")


def test_a_formula_in_an_export_is_text_and_comes_back(store: LabelStore, tmp_path: Path) -> None:
    source = pd.DataFrame(
        {
            "clip_id": ["curated/=1+1.wav", "curated/'-a.wav", "curated/b.wav"],
            "labels": ["=Bark", "Meow", "-Yell"],
        }
    )
    classes = ("=Bark", "Meow", "-Yell")
    store.add(Decision("curated/b.wav", "ann", "relabel", "=Bark,Meow"))
    path = tmp_path / "labels.csv"
    export_labels(path, resolve(store.decisions(), source, LatestRule()))
    cells = [cell for row in csv.reader(path.read_text().splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    found = read_import(path, resolve(store.decisions()[:0], source, LatestRule()), classes)
    assert len(found.agreeing) == 2
    assert found.rows[["clip_id", "labels"]].to_numpy().tolist() == [["curated/b.wav", "=Bark,Meow"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"a.wav": "\\ud800"}', "within a character"),
        ('{"\\ud800.wav": "Bark"}', "within a character"),
        ('{"a.wav": ' + "9" * 5_000 + "}", "not an object from file names to texts"),
        ('{"a.wav": 1e999}', "not an object from file names to texts"),
        ('{"a.wav": NaN}', "not an object from file names to texts"),
        ('{"a.wav": [["Bark"]]}', "not an object from file names to texts"),
        ('{"a.wav": {"labels": "Bark"}}', "not an object from file names to texts"),
        ('{"a":' * 100_000, r"\(too many brackets within each other\)"),
        ('{"a.wav": "Bark"', r"\(line 1, column 17\)"),
        ('{"a.wav": "Ba\nrk"}', r"\(line 1, column 14\)"),
    ],
)
def test_hostile_json_is_one_line_in_our_words(write: Callable[..., Path], content: str, reason: str) -> None:
    with refuses(LabelError, reason) as caught:
        read_import(write("a.json", content), SOURCE.assign(status="untouched", denied=""), CLASSES)
    message = whole_message(caught)
    message.encode()
    assert len(message) < 500


def test_labels_that_agree_are_kept_as_accepted_once(
    store: LabelStore, corrected: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "labels.json"
    export_labels(path, corrected)
    found = read_import(path, corrected, CLASSES)
    before = resolve(store.decisions(), SOURCE, LatestRule())
    kept = found.decisions("cy", store.decisions())
    assert len(kept) == len(found.agreeing) > 0
    assert {each.action for each in kept} == {"accept", "remove"}
    store.add_many(kept)
    after = resolve(store.decisions(), SOURCE, LatestRule())
    assert after["labels"].tolist() == before["labels"].tolist()
    assert "untouched" not in set(after.loc[after["clip_id"].isin(found.agreeing["clip_id"]), "status"])
    again = read_import(path, after, CLASSES)
    assert again.decisions("cy", store.decisions()) == []
    assert len(again.decisions("dee", store.decisions())) == len(kept), "it is no word of hers yet"
    assert not store.undo("cy").empty
    assert len(again.decisions("cy", store.decisions())) == len(kept), "taken back, it is none"


def test_only_the_latest_word_counts_as_said(store: LabelStore, tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text('{"b.wav": "Meow"}')
    for labels, num in (("Meow", 0), ("Bark", 1)):
        store.add(Decision("curated/b.wav", "ann", "relabel", labels))
        found = read_import(path, resolve(store.decisions(), SOURCE, LatestRule()), CLASSES)
        assert len(found.decisions("ann", store.decisions())) == num
