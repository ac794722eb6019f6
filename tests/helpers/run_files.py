"""Files of a run."""

from fsat_core.runs import Run


def contents(run: Run) -> dict[str, bytes]:
    """Every file of a run."""
    files = (path for path in run.path.rglob("*") if path.is_file())
    return {path.relative_to(run.path).as_posix(): path.read_bytes() for path in files}
