"""Folders of clips: what is listed, what is said of the rest, and why a clip has no file."""

import os
from pathlib import Path

import pytest

from fsat_core.audio.store.folder import FolderStore
from fsat_core.dataset.audio_folder import AudioFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder called `test`."""
    path = tmp_path / "test"
    path.mkdir()
    return path


def test_clips_are_what_is_called_as_sound(folder: Path) -> None:
    for name in ("b.wav", "a.FLAC", "._a.FLAC", ".DS_Store", "Thumbs.db", "notes.txt", "take 2\n.wav"):
        (folder / name).touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/modi\xe8.wav")).touch()
    (folder / "old.wav").mkdir()
    assert AudioFolder(FolderStore(folder)).list_clips() == [
        "a.FLAC",
        "b.wav",
        "modi\\xe8.wav",
        "take 2\\u000a.wav",
    ]


def test_the_rest_is_counted(folder: Path) -> None:
    assert AudioFolder(FolderStore(folder)).describe_others() == ""
    for name in ("a.wav", "a.txt", "b.TXT", "c.zip", ".DS_Store", "README"):
        (folder / name).touch()
    (folder / "more").mkdir()
    said = AudioFolder(FolderStore(folder)).describe_others()
    assert said.startswith("test: left out what is not called as sound that is read (2 .txt, ")
    assert "1 .zip" in said
    assert "1 folders" in said
    assert "DS_Store" not in said


@pytest.mark.parametrize(
    ("name", "files", "reason"),
    [
        ("a.wav", ["b.wav"], "a.wav: no such file, expected it in test; copy it there, or correct its name"),
        ("a.wav", ["A.wav", "a.WAV"], "a.wav: no such file; A.wav or a.WAV in test could be meant. Write"),
        ("a.wav", ["a.mp3"], "a.wav: no such file; there is a.mp3 in test. Write that name into the table."),
    ],
)
def test_a_missing_file_is_explained(folder: Path, name: str, files: list[str], reason: str) -> None:
    for file in files:
        (folder / file).touch()
    assert AudioFolder(FolderStore(folder), lambda: [name]).explain_missing(name).startswith(reason)
    assert AudioFolder(FolderStore(folder), lambda: [name]).path(name) == folder / name


def test_rivals_are_named(folder: Path) -> None:
    (folder / "a.wav").touch()
    reason = AudioFolder(FolderStore(folder), lambda: ["A.wav", "a.WAV"]).explain_missing("A.wav")
    assert reason.startswith("A.wav: no such file; a.wav in test could be meant, also by a.WAV.")
