"""The JSON files of a run, each checked against a model when it is read: nobody else has to doubt them."""

import json
import stat
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)

T = TypeVar("T")

_MOST_BYTES = 1 << 26  # far above any file of a run; what is longer is somebody else's
_HALF_CHARACTER = b"\\ud"  # how JSON escapes it
_SHOWN = 40
_ONE = 1 + 1e-6  # for what rounding adds to a sum of shares


class UnreadableError(Exception):
    """A file that cannot be read; its text says why in a few words."""


def _path_text(value: object) -> str:
    """A path, which may hold bytes that are no text; pydantic's own strings may not."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("no path")
    return value


class DatasetRecord(BaseModel):
    """`dataset.json`: where the data was, how many clips are pinned, and where the configuration is from."""

    model_config = ConfigDict(frozen=True, strict=True)

    data_dir: Annotated[str, PlainValidator(_path_text)]
    warnings: list[str] = []
    num_rows: dict[str, int] = {}  # of each table of pinned clips; not there in older runs
    copied_from: str = ""  # the run whose configuration this one began with


class Scores(BaseModel):
    """`scores.json`: scores out of fold, 0 to 1."""

    model_config = ConfigDict(frozen=True, strict=True)

    lwlrap: float = Field(ge=0, le=_ONE)
    accuracy: float = Field(ge=0, le=_ONE)


class FoldClips(BaseModel):
    """`clips.json` of a fold: the clips of its predictions, in the order of the rows."""

    model_config = ConfigDict(frozen=True, strict=True)

    oof: list[str]
    test: list[str] = []


class FoldProgress(BaseModel):
    """`progress.json` of a fold: epochs that are done, and training clips per second."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    epoch: float = Field(ge=0, le=1e6)
    clips_per_s: float = Field(ge=0)


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("a name occurs twice")
    return names


ClassName = Annotated[str, Field(min_length=1)]
CLASSES = TypeAdapter(Annotated[list[ClassName], Field(min_length=1), AfterValidator(_each_once)])
OBJECT = TypeAdapter(dict[str, Any])


def read_json(path: Path, model: TypeAdapter[T]) -> T:
    """The content of a JSON file, checked.

    Raises
    ------
    UnreadableError
        If there is no such file, or something else is in it.
    """
    content = read_bytes(path)
    try:
        return _parse(content, model)
    except ValidationError as error:
        raise UnreadableError(_explain(error, content)) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError("it is not JSON") from error


def _parse(content: bytes, model: TypeAdapter[T]) -> T:
    try:
        return model.validate_json(content, strict=True)
    except ValidationError as error:
        if error.errors()[0]["type"] != "json_invalid" or _HALF_CHARACTER not in content.lower():
            raise
    # Half a character, as a path has that is not UTF-8: json parses it, pydantic does not.
    return model.validate_python(json.loads(content), strict=True)


def read_bytes(path: Path) -> bytes:
    """All of a regular file; UnreadableError for anything else.

    Opening a pipe might wait forever, and a link might lead to any file of the server.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise UnreadableError("it is a link")
        if not stat.S_ISREG(mode):
            raise UnreadableError("it is a folder" if stat.S_ISDIR(mode) else "it is no regular file")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableError(explain_os_error(error)) from error
    if len(content) > _MOST_BYTES:
        raise UnreadableError(f"it has more than {_MOST_BYTES:,} bytes")
    return content


def explain_os_error(error: OSError) -> str:
    """Why a file cannot be opened, in a few words."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "it is missing"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    return (error.strerror or "the disk does not give it").lower()


def _explain(error: ValidationError, content: bytes) -> str:
    if not content.strip():
        return "it is empty"
    fault = error.errors()[0]
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "json_invalid":
        return "it is not JSON"
    if fault["type"] == "missing":
        return f"it has no '{key}'"
    return f"'{key}' is {_show(fault['input'])}" if key else f"it holds {_show(fault['input'])}"


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
