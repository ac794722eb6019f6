"""`status.json`: what a run's worker is doing. Written by the worker only, whole; read by everyone."""

import json
import socket
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import psutil

from fsat_core.files import write_json

_REMOTE_SILENCE_S = 300.0  # clocks of two hosts may differ
TERMINAL_STATES = frozenset({"finished", "failed", "cancelled"})


@dataclass
class RunStatus:
    """State of a run.

    `state` is one of queued, preparing, training, finished, failed, cancelled; `progress` runs from 0 to 1
    within the state; `fold` and `epoch` count from 0 and from 1; `heartbeat` and `create_time` are seconds
    since 1970; `message` says in a line what is being done, `error` why the run failed.
    """

    state: str = "queued"
    pid: int = 0
    create_time: float = 0.0
    host: str = field(default_factory=socket.gethostname)
    device: str = ""
    fold: int = 0
    epoch: int = 0
    num_folds: int = 0
    max_epochs: int = 0
    clips_per_s: float = 0.0
    eta_s: float | None = None
    heartbeat: float = 0.0
    error: str = ""
    message: str = ""
    progress: float = 0.0
    started_at: float = 0.0
    finished_at: float = 0.0
    warnings: list[str] = field(default_factory=list)

    @property
    def is_terminal(self) -> bool:
        """True when the worker will do nothing more."""
        return self.state in TERMINAL_STATES

    def save(self, path: Path) -> None:
        """Write the status, atomically."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> "RunStatus | None":
        """Read a status; None where the worker has not written one yet."""
        try:
            values = json.loads(path.read_text())
        except (OSError, ValueError):
            return None
        if not isinstance(values, dict):  # another program's file
            return None
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def is_alive(status: RunStatus) -> bool:
    """True when the worker that wrote a status still runs.

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
