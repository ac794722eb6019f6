"""Writing files so that a reader, or a crash, never meets half of one."""

import json
import os
import threading
from pathlib import Path


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file whole: beside it, synced to disk, then renamed into place. Makes its folder if needed."""
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


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, atomically."""
    write_atomically(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
