"""A run whose data set lies elsewhere than when it was started."""

from pathlib import Path

from fsat_core.dataset import open_dataset
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.errors import RunError
from fsat_core.files import write_json
from fsat_core.runs.run import Run
from fsat_core.text import counted, list_some

_DATASET_FILE = "dataset.json"


def check_data(run: Run) -> None:
    """Raise a RunError, which says what to do, if the folder of a run's data set is not there any more."""
    if not run.data_dir.is_dir():
        raise RunError(
            f"The data set of run '{run.run_id}' is not at {run.data_dir} any more: expected it there. Say "
            f"where it is now with `python -m fsat_core resume {run.run_id} --data DIR`."
        )


def point_to(run: Run, data_dir: Path) -> Run:
    """The run, whose clips are read from another folder from now on.

    Raises
    ------
    DatasetError
        If there is no data set in that folder.
    RunError
        If the run is active, the set lacks clips of it, or the run's folder cannot be written.
    """
    if run.is_active:
        raise RunError(
            f"Run '{run.run_id}' is {run.state}: expected one that has ended, to read its clips elsewhere. "
            "Stop it first."
        )
    data_dir = data_dir.absolute()
    table = open_dataset(data_dir).table
    there = {
        *clip_id_of(table["split"], table["fname"]),
        *run.gone()["clip_id"],
    }  # the latter are done without
    pinned = [*run.labels()["clip_id"], *run.test_clips()]
    if missing := [clip_id for clip_id in pinned if clip_id not in there]:
        raise RunError(
            f"The set in {data_dir} lacks {len(missing):,} of the {counted(len(pinned), 'clip')} of run "
            f"'{run.run_id}' ({list_some(missing, 3)}): expected the set that it was started on. Choose "
            "that one, or put these clips back."
        )
    try:
        record = run.dataset_record.model_copy(update={"data_dir": str(data_dir)})
        write_json(run.path / _DATASET_FILE, record.model_dump())
    except OSError as error:
        raise RunError(
            f"Run '{run.run_id}' cannot be changed ({error.strerror or 'no access'}): expected a folder that "
            "can be written. Mend that, and try again."
        ) from error
    return Run(run.path)
