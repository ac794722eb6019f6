"""AudioSet's names for the classes of a set, on the real vocabulary of FSDKaggle2019."""

import csv
import io
from pathlib import Path

import pytest

from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.embedding import YAMNET, load_embedder
from fsat_core.embedding.own_names import (
    ChangedNames,
    audioset_names,
    columns_of,
    describe_names,
    format_names,
    match_names,
    name_classes,
    read_names,
)
from fsat_core.errors import ConfigError
from tests.helpers.embedders import lend_yamnet
from tests.helpers.messages import refuses

# Singing and speech are told apart by sex in AudioSet, and not in what YAMNet was trained on.
WITHOUT = [
    "Female_singing",
    "Female_speech_and_woman_speaking",
    "Male_singing",
    "Male_speech_and_man_speaking",
]
REAL = Path(__file__).parents[4] / "shared" / "data" / "fsdkaggle2019"


def test_all_but_four_classes_of_fsdkaggle2019_have_a_name() -> None:
    found = match_names(FSDKAGGLE2019_CLASSES, audioset_names())
    assert [name for name, own in found.items() if not own] == WITHOUT
    assert all(len(own) == 1 for name, own in found.items() if name not in WITHOUT)
    assert found["Waves_and_surf"] == ["Waves, surf"]
    assert found["Bathtub_(filling_or_washing)"] == ["Bathtub (filling or washing)"]
    assert len({own[0] for own in found.values() if own}) == 76


def test_every_label_of_the_real_tables_has_its_name() -> None:
    if not REAL.is_dir():
        pytest.skip("the tables of FSDKaggle2019 are not beside this checkout")
    found = match_names(FSDKAGGLE2019_CLASSES, audioset_names())
    for path in REAL.glob("*_post_competition.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            used = {label for row in csv.DictReader(file) for label in row["labels"].split(",")}
        assert used
        assert {label for label in used if not found[label]} <= set(WITHOUT)


def test_one_of_several_names_and_other_spellings() -> None:
    found = match_names(["Rooster", "baby_cry", "TICK-TOCK", "Zither solo"], audioset_names())
    assert found == {
        "Rooster": ["Chicken, rooster"],
        "baby_cry": ["Baby cry, infant cry"],
        "TICK-TOCK": ["Tick-tock"],
        "Zither solo": [],
    }


def test_what_users_say_counts() -> None:
    edited = {"Bark": ["Howl", "Yip", "Nonsense"], "Rain": []}
    found = match_names(["Bark", "Rain", "Meow"], audioset_names(), edited)
    assert found == {"Bark": ["Howl", "Yip"], "Rain": [], "Meow": ["Meow"]}
    columns = columns_of(found, audioset_names())
    assert list(columns) == ["Bark", "Meow"]
    assert audioset_names()[columns["Meow"][0]] == "Meow"


def test_the_names_are_those_of_the_network(tmp_path: Path) -> None:
    lend_yamnet(tmp_path)
    assert load_embedder(YAMNET, tmp_path).class_names == audioset_names()


def test_each_class_says_where_its_names_are_from() -> None:
    found = name_classes(["Bark", "Rooster", "Zither solo", "Rain"], audioset_names(), {"Rain": ["Raindrop"]})
    assert [(each.label, each.source) for each in found] == [
        ("Bark", "same name"),
        ("Rooster", "one of several"),
        ("Zither solo", "none"),
        ("Rain", "yours"),
    ]
    assert describe_names(found) == "3 of 4 classes have names in AudioSet. Without one: Zither solo."
    real = describe_names(name_classes(FSDKAGGLE2019_CLASSES, audioset_names()))
    assert real == f"76 of 80 classes have names in AudioSet. Without one: {', '.join(WITHOUT)}."


def test_a_table_goes_out_and_comes_in() -> None:
    classes = ["Bark", "Rooster", "Zither solo"]
    text = format_names(name_classes(classes, audioset_names()))
    assert text.splitlines()[2] == 'Rooster,"Chicken, rooster",one of several'
    assert read(text, classes) == (dict.fromkeys(classes), [])
    semicolons = "\ufeffaudioset_name;class\nZither;Zither solo\nHarp;Zither solo\n;Bark\n\n"
    changes = {"Zither solo": ["Zither", "Harp"], "Bark": []}
    assert read(semicolons, classes) == (changes, [])


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("Barc,Bark", "line 2: 'Barc' is no class of the data set; 'Bark' is"),
        ("Bark,Barks", "line 2: 'Barks' is no name of AudioSet that YAMNet knows; 'Bark' is"),
        ("Bark,Howl\nBark,Howl", "line 3: 'Howl' is there twice for Bark"),
        ("Bark,\nBark,Howl", "line 3: Bark is without a name and has one; leave one row out"),
        ("Bark,Howl\nBark,", "line 3: Bark is without a name and has one; leave one row out"),
    ],
)
def test_an_odd_row_is_a_line(rows: str, fault: str) -> None:
    changes, faults = read(f"class,audioset_name\n{rows}\n", ["Bark"])
    assert faults == [f"names.csv, {fault}"]
    assert "Barc" not in changes


def test_a_file_that_is_no_such_table(tmp_path: Path) -> None:
    with refuses(ConfigError, "names.csv has no column 'audioset_name'"):
        read("class,name\nBark,Howl\n", ["Bark"])
    with refuses(ConfigError, "gone.csv cannot be read"):
        read_names(tmp_path / "gone.csv", ["Bark"], audioset_names())


def read(text: str, classes: list[str]) -> ChangedNames:
    file = io.BytesIO(text.encode())
    file.name = "names.csv"
    return read_names(file, classes, audioset_names())
