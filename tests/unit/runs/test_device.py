"""Where a training would run, by what `nvidia-smi` lists and the environment allows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fsat_core.runs.device import Device, detect_device

GPUS = ("First, 8192 MiB", "Second, 16384 MiB")
Listed = Callable[..., None]


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listed]:
    """Let `nvidia-smi` list these, and the environment have this."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(*gpus: str, visible: str | None = None) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text("#!/bin/sh\n" + "".join(f"echo '{gpu}'\n" for gpu in gpus))
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
    [(None, "gpu0"), ("0", "gpu0"), ("1", "gpu1"), ("1,0", "gpu1"), ("7", "gpu0"), ("GPU-8f2e", "gpu0")],
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
