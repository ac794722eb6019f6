"""`notes.json`: a note and tags that people give a run. The only file of a finished run that changes."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from fsat_core.errors import RunError
from fsat_core.files import write_json
from fsat_core.runs.records import UnreadableError, read_json
from fsat_core.runs.run import Run
from fsat_core.text import shorten

NOTES_FILE = "notes.json"
MAX_TAG_LENGTH = 40
MAX_NUM_TAGS = 50
MAX_NOTE_LENGTH = 10_000

Tag = Annotated[str, Field(max_length=MAX_TAG_LENGTH)]


class Notes(BaseModel):
    """What people wrote about a run: a text, and short tags to find it by."""

    model_config = ConfigDict(frozen=True)

    note: Annotated[str, Field(max_length=MAX_NOTE_LENGTH)] = ""
    tags: Annotated[tuple[Tag, ...], Field(max_length=MAX_NUM_TAGS)] = ()


_NOTES = TypeAdapter(Notes)


def read_notes(run: Run) -> Notes:
    """The note and tags of a run; empty ones where nobody has written any.

    Raises
    ------
    RunError
        If `notes.json` is damaged.
    """
    if not (run.path / NOTES_FILE).exists():
        return Notes()
    try:
        return read_json(run.path / NOTES_FILE, _NOTES)
    except UnreadableError as error:
        raise RunError(
            f"Run '{run.run_id}': {NOTES_FILE} cannot be read ({error}); expected "
            '{"note": a text, "tags": [texts]}, '
            f"the note of at most {MAX_NOTE_LENGTH:,} characters, {MAX_NUM_TAGS} tags of {MAX_TAG_LENGTH}. "
            "Correct that file, or delete it."
        ) from error


def save_notes(run: Run, note: str | None = None, tags: Iterable[str] | None = None) -> Notes:
    """Write the note, the tags or both; None leaves what is on disk.

    Returns
    -------
    Notes
        What the run has now.

    Raises
    ------
    RunError
        If the note or a tag is too long or no text, there are too many tags, `notes.json` is damaged or
        cannot be written, or the run has been deleted.
    """
    old = read_notes(run)
    new = Notes(
        note=old.note if note is None else _clean_note(note),
        tags=old.tags if tags is None else clean_tags(tags),
    )
    try:
        # Making the folder would bring back a run that somebody has just deleted.
        write_json(run.path / NOTES_FILE, new.model_dump(), make_folder=False)
    except OSError as error:
        raise RunError(
            f"Run '{run.run_id}': {NOTES_FILE} cannot be written ({error.strerror or error}); "
            "expected the folder of a run that can be written. Mend it, or choose another run."
        ) from error
    return new


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without needless spaces, each once and in order; a comma separates two tags.

    Raises
    ------
    RunError
        If a tag is longer than `MAX_TAG_LENGTH` characters or no text, or there are more than `MAX_NUM_TAGS`.
    """
    parts = (" ".join(part.split()) for tag in tags for part in tag.split(","))
    clean = tuple(dict.fromkeys(part for part in parts if part))
    for tag in clean:
        if len(tag) > MAX_TAG_LENGTH:
            raise RunError(
                f"Tag '{tag[:MAX_TAG_LENGTH]}...' has {len(tag)} characters: expected at most "
                f"{MAX_TAG_LENGTH}. Shorten it, or write a note instead."
            )
        _check_text("Tag", tag)
    if len(clean) > MAX_NUM_TAGS:
        raise RunError(f"{len(clean):,} tags: expected at most {MAX_NUM_TAGS}. Leave some out.")
    return clean


def _clean_note(note: str) -> str:
    clean = note.strip()
    if len(clean) > MAX_NOTE_LENGTH:
        raise RunError(
            f"A note of {len(clean):,} characters: expected at most {MAX_NOTE_LENGTH:,}. Shorten it; nothing "
            "was changed."
        )
    _check_text("Note", clean)
    return clean


def _check_text(what: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half a character
        raise RunError(f"{what} {shorten(text)!a}: expected text in UTF-8. Write it anew.") from error
