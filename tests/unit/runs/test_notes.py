"""A run's notes and tags: one small file, of which only what is given changes."""

import json
import shutil
from collections.abc import Callable

import pytest

from fsat_core.errors import RunError
from fsat_core.runs import (
    Notes,
    Run,
    read_notes,
    save_notes,
)
from tests.helpers.messages import whole_message
from tests.helpers.run_files import contents

NewRun = Callable[..., Run]


def test_a_run_without_notes_has_empty_ones(run: Run) -> None:
    assert read_notes(run) == Notes(note="", tags=())
    assert not (run.path / "notes.json").exists()


def test_notes_are_one_file_and_the_rest_of_a_finished_run_stays(finished: Run) -> None:
    before = contents(finished)
    saved = save_notes(finished, " Better with *masks*?\nYes, ä. \n", ["Masks", "second try"])
    assert (
        saved
        == read_notes(finished)
        == Notes(note="Better with *masks*?\nYes, ä.", tags=("Masks", "second try"))
    )
    after = contents(finished)
    assert json.loads(after.pop("notes.json")) == {
        "note": "Better with *masks*?\nYes, ä.",
        "tags": ["Masks", "second try"],
    }
    assert after == before


def test_a_note_may_hold_whatever_a_keyboard_gives(run: Run) -> None:
    note = 'From C:\\users\\udo, "second" \U0001f600'
    assert save_notes(run, note, ["a"]) == read_notes(run) == Notes(note=note, tags=("a",))
    (run.path / "notes.json").write_text(json.dumps({"note": note, "tags": ["a"]}))  # all of it escaped
    assert read_notes(run).note == note


def test_what_is_not_given_stays_as_it_is_on_disk(run: Run) -> None:
    save_notes(run, "a note", ["a tag"])
    assert save_notes(run, tags=["other"]) == Notes(note="a note", tags=("other",))
    assert save_notes(run, note="") == Notes(note="", tags=("other",))
    assert save_notes(run, tags=[]) == Notes()


def test_tags_are_trimmed_and_each_there_once(run: Run) -> None:
    tags = [" Masks ", "masks", "Masks", "", "two\n  words", "a, b,,a", " , "]
    assert save_notes(run, tags=tags).tags == ("Masks", "masks", "two words", "a", "b")


def test_too_long_a_tag_is_one_line_and_nothing_is_written(run: Run) -> None:
    assert save_notes(run, tags=["x" * 40]).tags == ("x" * 40,)
    with pytest.raises(RunError) as error:
        save_notes(run, "new", ["x" * 41])
    assert "has 41 characters: expected at most 40" in whole_message(error)
    assert read_notes(run) == Notes(tags=("x" * 40,))


@pytest.mark.parametrize(
    "content",
    [b"", b'{"note": "cut', b"[]", b'{"note": 1}', b'{"tags": "a"}', b'{"tags": [1]}', b'{"note": "\xff"}'],
)
def test_damaged_notes_are_one_line_and_are_not_overwritten(run: Run, content: bytes) -> None:
    (run.path / "notes.json").write_bytes(content)
    with pytest.raises(RunError) as error:
        read_notes(run)
    assert f"Run '{run.run_id}': notes.json cannot be read" in whole_message(error)
    with pytest.raises(RunError):
        save_notes(run, "new", ["tag"])
    assert (run.path / "notes.json").read_bytes() == content


def test_as_much_as_is_allowed_is_kept_and_no_more(run: Run) -> None:
    whole = Notes(note="x" * 10_000, tags=tuple(map(str, range(50))))
    assert save_notes(run, f" {whole.note}\n", whole.tags) == read_notes(run) == whole
    with pytest.raises(RunError) as error:
        save_notes(run, "x" * 10_001)
    assert "A note of 10,001 characters: expected at most 10,000." in whole_message(error)
    with pytest.raises(RunError) as error:
        save_notes(run, tags=map(str, range(51)))
    assert "51 tags: expected at most 50. Leave some out." in str(error.value)
    assert read_notes(run) == whole


def test_half_a_character_is_no_text(run: Run) -> None:
    for kind, values in (("Note", {"note": "a\ud800"}), ("Tag", {"tags": ["a\ud800"]})):
        with pytest.raises(RunError) as error:
            save_notes(run, **values)
        assert str(error.value) == f"{kind} 'a\\ud800': expected text in UTF-8. Write it anew."
    assert not (run.path / "notes.json").exists()


def test_notes_do_not_bring_a_deleted_run_back(run: Run) -> None:
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match=r"notes\.json cannot be written"):
        save_notes(run, "too late")
    assert not run.path.exists()
