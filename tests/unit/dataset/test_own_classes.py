"""The classes of somebody's own folder: `classes.txt`, and the names of folders."""

import unicodedata
from pathlib import Path

import pytest

from fsat_core.dataset.own_classes import labels_of, read_classes
from fsat_core.errors import DatasetError


def write(folder: Path, content: str | bytes) -> Path:
    (folder / "classes.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_one_class_a_line(tmp_path: Path) -> None:
    given, said = read_classes(write(tmp_path, "Meow \r\n# animals\r\n\r\n Bark\r\nMeow\r\n"))
    assert given is not None
    assert (given.names, said) == (("Meow", "Bark"), [])


def test_without_the_file_nothing_is_given(tmp_path: Path) -> None:
    assert read_classes(tmp_path) == (None, [])


def test_another_encoding_is_said(tmp_path: Path) -> None:
    given, said = read_classes(write(tmp_path, "Bär\nHund\n".encode("utf-16")))
    assert given is not None
    assert given.names == ("Bär", "Hund")
    assert said == ["classes.txt was read assuming that its text is UTF-16."]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Bark\nMeow,Yell\n", r"line 2 is 'Meow,Yell': expected one class a line, without commas"),
        ("\n# none yet\n", "names no class: expected one in each line"),
        (b"PK\x03\x04", "is a workbook or another archive"),
    ],
)
def test_a_faulty_file_is_one_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_classes(write(tmp_path, content))


def test_a_label_is_the_name_of_the_folder() -> None:
    taken_apart = unicodedata.normalize("NFD", "Bär")
    assert labels_of([f"{taken_apart}/a.wav", "Bark /a.wav", "Bark/a.wav"]) == ["Bär", "Bark", "Bark"]
