"""What is worked out from a run's files, kept until one of them changes."""

from pathlib import Path

from fsat_core.runs import Run

_FILES = ("oof.parquet", "test.parquet", "labels.csv", "classes.json", "skipped.csv", "config.json")

Stamp = tuple[str, tuple[tuple[int, int], ...]]


def stamp(run: Run) -> Stamp:
    """The files that everything here is worked out from, with their times and sizes."""
    return str(run.path), tuple(_file_stamp(run.path / name) for name in _FILES)


def _file_stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size
