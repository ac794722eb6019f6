"""Which device training will use, found without importing a framework."""

import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache

from fsat_core.machine import usable_cores

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Device:
    """A device to train on: `name` ("cpu", "gpu0"), `kind` ("cpu" or "gpu") and a text for people."""

    name: str
    kind: str
    description: str


@lru_cache(maxsize=1)
def detect_device() -> Device:
    """The first NVIDIA GPU that `nvidia-smi` lists and `CUDA_VISIBLE_DEVICES` allows, else the CPU."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = [] if visible in ("", "-1") else _list_gpus()
    if not gpus:
        cores = usable_cores()
        return Device("cpu", "cpu", f"CPU, {cores} core{'s' if cores != 1 else ''}")
    first = (visible or "0").split(",")[0]
    index = int(first) if first.isdigit() and int(first) < len(gpus) else 0
    return Device(f"gpu{index}", "gpu", gpus[index])


def _list_gpus() -> list[str]:
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        listing = subprocess.run(
            query, capture_output=True, text=True, timeout=_PATIENCE_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []  # without that program, or with a driver that does not answer, there is no GPU to train on
    return [line.strip() for line in listing.splitlines() if line.strip()]
