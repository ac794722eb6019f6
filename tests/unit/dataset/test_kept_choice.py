"""Clips that were chosen are found again by name, and only by a name that was given."""

import os
from pathlib import Path

import pytest

from fsat_core.dataset.kept_choice import keep_choice, read_choice
from fsat_core.errors import DatasetError

CLIPS = ["curated/a.wav", "curated/\udc80.wav"]


def test_a_choice_is_found_by_its_name(tmp_path: Path) -> None:
    name = keep_choice(tmp_path, CLIPS)
    assert read_choice(tmp_path, name) == CLIPS
    assert keep_choice(tmp_path, CLIPS) == name
    assert keep_choice(tmp_path, CLIPS[:1]) != name


@pytest.mark.parametrize("name", ["", "0" * 16, "../settings", "0" * 15 + "/"])
def test_another_name_finds_nothing(tmp_path: Path, name: str) -> None:
    keep_choice(tmp_path, CLIPS)
    assert read_choice(tmp_path, name) is None


def test_a_damaged_choice_is_none(tmp_path: Path) -> None:
    name = keep_choice(tmp_path, CLIPS)
    for content in ("[1", "{}"):
        (tmp_path / "choices" / f"{name}.json").write_text(content)
        assert read_choice(tmp_path, name) is None


def test_the_oldest_of_many_are_forgotten(tmp_path: Path) -> None:
    first = keep_choice(tmp_path, CLIPS)
    os.utime(tmp_path / "choices" / f"{first}.json", (1, 1))
    for number in range(200):
        last = keep_choice(tmp_path, [f"curated/{number}.wav"])
    assert read_choice(tmp_path, first) is None
    assert read_choice(tmp_path, last) is not None


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "choices").write_text("in the way")
    with pytest.raises(DatasetError, match="the choice of clips cannot be kept in"):
        keep_choice(tmp_path, CLIPS)
