"""AudioSet's names for the classes of a set, on the real vocabulary of FSDKaggle2019."""

import csv
from pathlib import Path

import pytest

from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.embedding import YAMNET, load_embedder
from fsat_core.embedding.own_names import audioset_names, columns_of, match_names
from tests.helpers.embedders import lend_yamnet

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
