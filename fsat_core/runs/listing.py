"""The runs in a folder."""

from pathlib import Path

from fsat_core.errors import RunError
from fsat_core.runs.run import Run
from fsat_core.text import shorten

# A folder with one of these is a run. The first one is written last.
RUN_FILES = ("config.json", "labels.csv", "classes.json", "features.json", "dataset.json", "status.json")


def list_runs(runs_dir: Path) -> list[Run]:
    """All runs in a folder, newest first, the damaged ones too.

    Hidden folders, and those without any file of a run, are passed over. Where there is no such folder there
    are no runs.

    Raises
    ------
    RunError
        If there is something of that name that cannot be listed.
    """
    try:
        paths = sorted(runs_dir.iterdir(), reverse=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(
            f"Runs cannot be listed in {runs_dir} ({(error.strerror or str(error)).lower()}): expected a "
            "folder that may be read. Change its permissions, or name another one in FSAT_RUNS_DIR."
        ) from error
    return [Run(path) for path in paths if is_run(path)]


def is_run(path: Path) -> bool:
    """Whether a folder is a run, damaged or not; one that is being created or deleted is hidden, and none."""
    return not path.name.startswith(".") and any((path / name).exists() for name in RUN_FILES)


def find_run(runs_dir: Path, run_id: str) -> Run:
    """The run of that name.

    Raises
    ------
    RunError
        If there is none; the message names the latest runs.
    """
    try:
        if run_id and Path(run_id).name == run_id and is_run(runs_dir / run_id):
            return Run(runs_dir / run_id)
    except (OSError, ValueError):  # a name that no folder can have, such as one of more than 255 bytes
        pass
    known = [run.run_id for run in list_runs(runs_dir)]
    there = f"the latest are {', '.join(known[:3])}" if known else "there are none yet"
    raise RunError(
        f"No run '{shorten(run_id)}' in {runs_dir}: {there}. List them with `python -m fsat_core runs`."
    )
