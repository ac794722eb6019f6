"""The run directory: create, read, list, launch, stop and resume training runs. Imports no Keras."""

from fsat_core.runs.create import create_run
from fsat_core.runs.process import kill, launch, resume, stop
from fsat_core.runs.run import Run, find_run, list_runs
from fsat_core.runs.status import RunStatus

__all__ = ["Run", "RunStatus", "create_run", "find_run", "kill", "launch", "list_runs", "resume", "stop"]
