"""Commands in processes of their own: what they say is kept, and they give way to pages."""

import os
from pathlib import Path

from fsat_core import background
from fsat_core.runs import runner
from fsat_core.settings import Settings


def test_what_a_command_says_is_kept_and_it_gives_way(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = background.launch_command(["scan", "--data", str(tmp_path / "none")], settings, log)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.nice(0) + background.NICENESS
    assert os.getsid(process.pid) == process.pid
    assert process.wait() == 2
    assert background.last_words(log).startswith("No data folder at ")
    assert background.last_words(tmp_path / "none") == ""


def test_trainings_give_way_as_much() -> None:
    assert runner.NICENESS == background.NICENESS
