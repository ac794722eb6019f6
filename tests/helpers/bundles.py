"""A bundle's script, run where nothing is installed but the packages that it says it needs."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement


def unpack(content: bytes, folder: Path) -> Path:
    """The folder with the files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


def link_packages(requirements: Path, folder: Path) -> Path:
    """A folder with what is installed of some requirements and of what these need, and of nothing else."""
    folder.mkdir()
    left, known = [Requirement(line).name for line in requirements.read_text().splitlines()], set[str]()
    while left:
        name = left.pop()
        if name in known:
            continue
        known.add(name)
        found = distribution(name)
        for top in {path.parts[0] for path in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))))
        needed = map(Requirement, found.requires or ())
        left += [each.name for each in needed if not each.marker or each.marker.evaluate({"extra": ""})]
    return folder


def run_tag(bundle: Path, packages: Path, files: Sequence[Path]) -> list[Any]:
    """What `python tag.py FILE...` prints where only `packages` are there: an answer for each file."""
    return run_script(bundle / "tag.py", packages, files)


def run_script(script: Path, packages: Path, files: Sequence[Path], cwd: Path = Path("/")) -> list[Any]:
    """The JSON lines that a script prints, given files, where only `packages` are there."""
    command = [sys.executable, "-S", "-s", str(script), *map(str, files)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages)}
    said = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]
