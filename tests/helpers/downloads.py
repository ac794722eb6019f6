"""What tests of downloads share: names, patience, and what lies in a folder."""

from dataclasses import replace
from pathlib import Path

from fsat_core.download.connection import Patience
from fsat_core.download.delivery import WORK
from fsat_core.download.record import PARTS

TEST_ZIP = "FSDKaggle2019.audio_test.zip"
META_ZIP = "FSDKaggle2019.meta.zip"
QUICK = Patience(most_faults=3, progress_bytes=5_000, first_wait_s=0.01, longest_wait_s=0.02)
# For a server that stalls on purpose. Where machines are busy, one that does not may take so long as well.
HASTY = replace(QUICK, stall_s=0.5)
STALLS = {"stall", "silence", "trickle"}


def patience_with(*faults: str) -> Patience:
    """How long to wait for a server with these faults."""
    return HASTY if STALLS & set(faults) else QUICK


def contents(folder: Path) -> dict[str, bytes]:
    """All files in a folder but those that a download keeps for itself."""
    paths = [path for path in folder.rglob("*") if path.is_file() and WORK not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def of_parts(published: Path, *parts: str) -> dict[str, bytes]:
    """The files of these parts of a set in the layout of the record."""
    names = {PARTS[part] for part in parts}
    return {name: content for name, content in contents(published).items() if Path(name).parts[0] in names}


def left_in(folder: Path) -> list[str]:
    """What a download has left for the next one."""
    return sorted(path.name for path in (folder / WORK).iterdir() if path.name != "lock")
