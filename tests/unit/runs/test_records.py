"""The JSON files of a run: what is in them, or why they cannot be read in a few words."""

import json
import os
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from fsat_core.runs import records
from fsat_core.runs.records import (
    CLASSES,
    OBJECT,
    DatasetRecord,
    Scores,
    UnreadableError,
    explain_os_error,
    read_bytes,
    read_json,
)

RECORD, SCORES = TypeAdapter(DatasetRecord), TypeAdapter(Scores)


def reason(path: Path, model: TypeAdapter = OBJECT) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_json(path, model)
    return str(caught.value)


@pytest.mark.parametrize(
    ("model", "content", "expected"),
    [
        (OBJECT, "", "it is empty"),
        (OBJECT, " \n", "it is empty"),
        (OBJECT, '{"a": ', "it is not JSON"),
        (OBJECT, b"\xff\xfe", "it is not JSON"),
        (OBJECT, '{"a": "\\ud800', "it is not JSON"),
        (OBJECT, '{"a": "\\uD800", "b": ' + "[" * 100_000, "it is not JSON"),
        (OBJECT, '["\\ud800"]', "it holds ['\\ud800']"),
        (OBJECT, "[1, 2]", "it holds [1, 2]"),
        (OBJECT, json.dumps(["x" * 36]), f"it holds ['{'x' * 36}']"),
        (OBJECT, json.dumps(["x" * 37]), f"it holds ['{'x' * 37}'..."),
        (OBJECT, f"[{'9' * 4_300}]", f"it holds [{'9' * 39}..."),
        (OBJECT, f"[{'9' * 4_301}]", "it is not JSON"),  # more digits than Python reads or writes
        (CLASSES, '["Bark", 7]', "'1' is 7"),
        (CLASSES, '["Bark", "Bark"]', "it holds ['Bark', 'Bark']"),
        (CLASSES, "[]", "it holds []"),
        (CLASSES, '[""]', "'0' is ''"),
        (SCORES, '{"lwlrap": 0.5}', "it has no 'accuracy'"),
        (SCORES, '{"lwlrap": 1.1, "accuracy": 0}', "'lwlrap' is 1.1"),
        (SCORES, '{"lwlrap": "0.5", "accuracy": 0}', "'lwlrap' is '0.5'"),
        (RECORD, '{"data_dir": "/a", "num_rows": {"labels.csv": "2"}}', "'num_rows.labels.csv' is '2'"),
        (RECORD, '{"data_dir": "/\\ud800", "num_rows": {"labels.csv": "2"}}', "'num_rows.labels.csv' is '2'"),
        (RECORD, '{"data_dir": 7}', "'data_dir' is 7"),
    ],
)
def test_what_is_wrong_is_said_in_a_few_words(
    tmp_path: Path, model: TypeAdapter, content: str | bytes, expected: str
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert reason(path, model) == expected


@pytest.mark.parametrize("name", ["/data/m\udce8", "/data/ä", "/data/\\ud"])
def test_a_folder_of_any_name_is_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / "dataset.json"
    for text in (
        json.dumps({"data_dir": name}),
        json.dumps({"data_dir": name}).replace("\\udce8", "\\uDCE8"),
    ):
        path.write_text(text)
        assert read_json(path, RECORD) == DatasetRecord(data_dir=name)


def make(path: Path, what: str) -> Path:
    """Something that is no regular file."""
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        path.with_name("secret").write_text("{}")
        path.symlink_to("secret")
    elif what == "file above":
        path.touch()
        return path / "file.json"
    return path


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("nothing", "it is missing"),
        ("file above", "it is missing"),
        ("folder", "it is a folder"),
        ("pipe", "it is no regular file"),
        ("link", "it is a link"),
    ],
)
def test_only_a_regular_file_is_opened(tmp_path: Path, what: str, expected: str) -> None:
    assert reason(make(tmp_path / "file.json", what)) == expected


def test_a_file_of_any_size_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MOST_BYTES", 1_000)
    path = tmp_path / "file.json"
    path.write_bytes(b"x" * 1_000)
    assert read_bytes(path) == b"x" * 1_000
    path.write_bytes(b"x" * 1_001)
    assert reason(path) == "it has more than 1,000 bytes"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "No such file"), "it is missing"),
        (NotADirectoryError(20, "Not a directory"), "it is missing"),
        (IsADirectoryError(21, "Is a directory"), "it is a folder"),
        (PermissionError(13, "Permission denied"), "permission denied"),
        (OSError(), "the disk does not give it"),
    ],
)
def test_why_a_file_cannot_be_opened(error: OSError, expected: str) -> None:
    assert explain_os_error(error) == expected
