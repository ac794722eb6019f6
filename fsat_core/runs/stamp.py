"""Whether files of a run have changed since something was worked out from them."""

from collections.abc import Sequence
from pathlib import Path

from fsat_core.runs.run import Run
from fsat_core.text import readable


def stamp_of(run: Run, files: Sequence[str]) -> tuple[object, ...]:
    """The path of a run, and these of its files with their times and sizes."""
    paths = [path for name in files for path in _paths(run, name)]
    return readable(str(run.path)), *map(_file_stamp, paths)


def _paths(run: Run, name: str) -> list[Path]:
    return sorted(run.path.glob(name)) if "*" in name else [run.path / name]


def _file_stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except OSError:  # missing, or deleted just now
        return readable(str(path)), 0, 0
    return readable(str(path)), stat.st_mtime_ns, stat.st_size
