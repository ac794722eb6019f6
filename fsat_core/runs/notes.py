"""`notes.json`: a note and tags that people give a run. The only file of a finished run that changes."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError

from fsat_core.errors import RunError
from fsat_core.files import write_json
from fsat_core.runs.run import Run

NOTES_FILE = "notes.json"
MAX_TAG_LENGTH = 40


class Notes(BaseModel):
    """What people wrote about a run: a text, and short tags to find it by."""

    model_config = ConfigDict(frozen=True)

    note: str = ""
    tags: tuple[str, ...] = ()


def read_notes(run: Run) -> Notes:
    """The note and tags of a run; empty ones where nobody has written any.

    Raises
    ------
    RunError
        If `notes.json` is damaged.
    """
    try:
        return Notes.model_validate_json((run.path / NOTES_FILE).read_bytes())
    except FileNotFoundError:
        return Notes()
    except (OSError, ValidationError) as error:
        raise RunError(
            f"Run '{run.run_id}': {NOTES_FILE} cannot be read ({type(error).__name__}); expected "
            '{"note": a text, "tags": [texts]}. Correct that file, or delete it.'
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
        If a tag is too long, `notes.json` is damaged or cannot be written, or the run has been deleted.
    """
    old = read_notes(run)
    new = Notes(
        note=old.note if note is None else note.strip(),
        tags=old.tags if tags is None else clean_tags(tags),
    )
    try:
        # Writing would create the folder of a run again that somebody has just deleted.
        if not (run.path / "config.json").is_file():
            raise FileNotFoundError("the run is not there any more")
        write_json(run.path / NOTES_FILE, new.model_dump())
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
        If a tag is longer than `MAX_TAG_LENGTH` characters.
    """
    parts = (" ".join(part.split()) for tag in tags for part in tag.split(","))
    clean = tuple(dict.fromkeys(part for part in parts if part))
    for tag in clean:
        if len(tag) > MAX_TAG_LENGTH:
            raise RunError(
                f"Tag '{tag[:MAX_TAG_LENGTH]}...' has {len(tag)} characters: expected at most "
                f"{MAX_TAG_LENGTH}. Shorten it, or write a note instead."
            )
    return clean
