"""`status.json`: what a run's worker is doing. Written by the worker only, whole; read by everyone."""

import socket
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import ConfigDict, Field, TypeAdapter

from fsat_core.files import write_json
from fsat_core.runs.records import UnreadableError, read_json
from fsat_core.text import readable

_REMOTE_SILENCE_S = 300.0  # clocks of two hosts may differ
ACTIVE_STATES = frozenset({"queued", "preparing", "training"})
TERMINAL_STATES = frozenset({"finished", "failed", "cancelled"})

State = Annotated[str, Field(pattern=f"^({'|'.join(sorted(ACTIVE_STATES | TERMINAL_STATES))})$")]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Time = Annotated[float, Field(ge=0, le=253_402_300_799)]  # up to the year 9999


@dataclass
class RunStatus:
    """State of a run.

    `state` is one of queued, preparing, training, finished, failed, cancelled; `progress` runs from 0 to 1
    within the state; `fold` and `epoch` count from 0 and from 1; `heartbeat` and `create_time` are seconds
    since 1970; `message` says in a line what is being done, `error` why the run failed.
    """

    __pydantic_config__ = ConfigDict(allow_inf_nan=False)

    state: State = "queued"
    pid: Count = 0
    create_time: float = 0.0
    host: str = field(default_factory=socket.gethostname)
    device: str = ""
    fold: Count = 0
    epoch: Count = 0
    num_folds: Count = 0
    max_epochs: Count = 0
    clips_per_s: float = 0.0
    eta_s: float | None = None
    heartbeat: Time = 0.0
    error: str = ""
    message: str = ""
    progress: float = 0.0
    started_at: Time = 0.0
    finished_at: Time = 0.0
    warnings: list[str] = field(default_factory=list)

    @property
    def is_terminal(self) -> bool:
        """True when the worker will do nothing more."""
        return self.state in TERMINAL_STATES

    def save(self, path: Path) -> None:
        """Write the status, atomically; FileNotFoundError where the run has been deleted."""
        # What is said may name files whose names are no text, which no reader would take.
        said = {"message": readable(self.message), "error": readable(self.error)}
        warnings = [readable(line) for line in self.warnings]
        write_json(path, asdict(self) | said | {"warnings": warnings}, make_folder=False)

    @classmethod
    def read(cls, path: Path) -> "RunStatus":
        """Read a status, passing over unknown keys; UnreadableError where there is none, or no status."""
        return read_json(path, _STATUS)

    @classmethod
    def load(cls, path: Path) -> "RunStatus | None":
        """Read a status; None where none can be read."""
        try:
            return cls.read(path)
        except UnreadableError:
            return None


_STATUS = TypeAdapter(RunStatus)


def is_alive(status: RunStatus) -> bool:
    """True when the process that wrote a status still runs, by what the status says of it.

    For a run without a lock, which an older worker trains, and for a lock that is not seen from this host.
    A process counts as that worker if pid and creation time agree and it is not a zombie. A worker on another
    host counts as running while its heartbeat is no older than five minutes.
    """
    if status.host != socket.gethostname():
        return time.time() - status.heartbeat < _REMOTE_SILENCE_S
    try:
        process = psutil.Process(status.pid)
        return (
            abs(process.create_time() - status.create_time) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False
