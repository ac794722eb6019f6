"""The run directory: read, list, launch, stop, resume, annotate and delete runs. Imports no Keras."""

from fsat_core.runs.delete import delete_run, disk_size
from fsat_core.runs.health import faults_of_results
from fsat_core.runs.listing import find_run, list_runs
from fsat_core.runs.moved_data import check_data, point_to
from fsat_core.runs.notes import Notes, read_notes, save_notes
from fsat_core.runs.process import kill, launch, resume, stop
from fsat_core.runs.run import Run
from fsat_core.runs.status import RunStatus
from fsat_core.runs.table import differing_settings, elapsed_s, runs_table

__all__ = [
    "Notes",
    "Run",
    "RunStatus",
    "check_data",
    "delete_run",
    "differing_settings",
    "disk_size",
    "elapsed_s",
    "faults_of_results",
    "find_run",
    "kill",
    "launch",
    "list_runs",
    "point_to",
    "read_notes",
    "resume",
    "runs_table",
    "save_notes",
    "stop",
]
