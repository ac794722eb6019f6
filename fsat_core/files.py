"""Files by path or open, and writing them so that a reader, or a crash, never meets half of one."""

import json
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO

from fsat_core.text import readable


def write_atomically(path: Path, content: bytes | str, make_folder: bool = True) -> None:
    """Write a file whole: beside it, synced to disk, then renamed into place.

    Its folder is made if needed. Without `make_folder` a folder that has been deleted stays deleted: a
    FileNotFoundError.
    """
    if make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with aside.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path: Path, value: object, make_folder: bool = True) -> None:
    """Write a value as indented JSON, as `write_atomically` does."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if not _is_unicode(text):  # a path whose name is not UTF-8: JSON can escape what it is made of
        text = json.dumps(value, indent=2)
    write_atomically(path, text + "\n", make_folder)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def why_unwritable(folder: Path) -> str:
    """Why no file can be written in a folder, which is made if there is none; "" where one can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except FileExistsError:
        return "it is a file"
    except OSError as error:
        return error.strerror or str(error)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def source_name(source: str | Path | BinaryIO) -> str:
    """What messages call a file: its own name, or that of an upload."""
    if isinstance(source, str | Path):
        return readable(Path(source).name)
    return readable(Path(str(getattr(source, "name", "") or "uploaded file")).name)


def read_content(source: Path | BinaryIO, num_bytes: int = -1) -> bytes:
    """A file from its beginning, all of it or so many bytes; an OSError where it cannot be read."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(num_bytes)
    source.seek(0)
    return source.read(num_bytes)
