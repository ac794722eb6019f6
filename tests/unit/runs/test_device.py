"""Where a training would run, by what `nvidia-smi` lists and the environment allows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fsat_core.runs import device as device_module
from fsat_core.runs.device import Device, detect_device

GPUS = ("First, 8192 MiB", "Second, 16384 MiB")
Listed = Callable[..., None]


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listed]:
    """Let `nvidia-smi` list these, and the environment have this."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(*gpus: str, visible: str | None = None, code: str = "") -> None:
        program = tmp_path / "nvidia-smi"
        query = '[ "$*" = "--query-gpu=name,memory.total --format=csv,noheader" ] || exit 6\n'
        program.write_text(f"#!/bin/sh\n{query}" + "".join(f"echo '{gpu}'\n" for gpu in gpus) + code)
        program.chmod(0o755)
        if visible is None:
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        else:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    detect_device.cache_clear()
    yield put
    detect_device.cache_clear()


@pytest.mark.parametrize(
    ("visible", "name"),
    [
        (None, "gpu0"),
        ("0", "gpu0"),
        ("1", "gpu1"),
        ("1,0", "gpu1"),
        ("2", "gpu0"),
        ("7", "gpu0"),
        ("GPU-8f2e", "gpu0"),
    ],
)
def test_the_first_gpu_that_is_allowed(listed: Listed, visible: str | None, name: str) -> None:
    listed(*GPUS, visible=visible)
    device = detect_device()
    assert (device.name, device.kind) == (name, "gpu")
    assert device.description.startswith("First" if name == "gpu0" else "Second")


@pytest.mark.parametrize(("gpus", "visible"), [((), None), (GPUS, ""), (GPUS, "-1")])
def test_else_the_cpu(listed: Listed, gpus: tuple[str, ...], visible: str | None) -> None:
    listed(*gpus, visible=visible)
    device = detect_device()
    assert device == Device("cpu", "cpu", device.description)
    assert device.description.startswith("CPU, ")


@pytest.mark.parametrize("code", ["exit 9", "while :; do :; done"])
def test_a_driver_that_fails_or_does_not_answer_has_no_gpu(
    listed: Listed, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(device_module, "_PATIENCE_S", 0.2)
    listed("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", code=code)
    assert detect_device().kind == "cpu"


def test_without_the_program_of_a_driver_there_is_no_gpu(listed: Listed, tmp_path: Path) -> None:
    listed()
    (tmp_path / "nvidia-smi").unlink()
    assert detect_device().kind == "cpu"
