"""What Slurm is asked for, as FSAT_SLURM says it."""

from dataclasses import dataclass, fields
from typing import Any

from fsat_core.errors import ConfigError

CLUSTERS = ("slurm", "local")


@dataclass(frozen=True)
class SlurmOptions:
    """Jobs, and what each of them gets.

    Parameters
    ----------
    cluster : str
        "slurm", or "local": the same jobs as processes of this machine, to try it without Slurm.
    jobs : int
        At most so many at a time.
    minutes : int
        The longest that a job may take.
    cpus, gpus : int
        For each fold; a shard gets one core.
    memory_gb : int
        For each job; 0: what the partition gives.
    partition, account : str
        "" for those that Slurm takes by itself.
    """

    cluster: str
    jobs: int = 8
    minutes: int = 240
    cpus: int = 2
    gpus: int = 0
    memory_gb: int = 0
    partition: str = ""
    account: str = ""

    @classmethod
    def parse(cls, text: str) -> "SlurmOptions":
        """The options in `slurm,partition=gpu,gpus=1`.

        Raises
        ------
        ConfigError
            If there are none, or one of them is unknown or impossible.
        """
        cluster, *entries = (part.strip() for part in text.split(","))
        if cluster not in CLUSTERS:
            raise _fault(text, "first `slurm`, or `local` to try it on this machine")
        found: dict[str, Any] = {}
        kinds = {field.name: field.type for field in fields(cls)[1:]}
        for entry in entries:
            name, _, value = map(str.strip, entry.partition("="))
            if name not in kinds or not value:
                raise _fault(text, f"NAME=VALUE with one of the names {', '.join(kinds)}")
            found[name] = _number(text, name, value) if kinds[name] is int else value
        return cls(cluster, **found)


def _number(text: str, name: str, value: str) -> int:
    least = 0 if name in ("gpus", "memory_gb") else 1
    if not (value.isascii() and value.isdigit() and int(value) >= least):
        raise _fault(text, f"a whole number from {least} on for {name}")
    return int(value)


def _fault(text: str, expected: str) -> ConfigError:
    return ConfigError(
        f"FSAT_SLURM={text[:80]!r}: expected {expected}, such as slurm,partition=gpu,gpus=1,minutes=240. "
        "Correct it, or work on this machine."
    )
