"""Fixtures of all commands."""

import pytest

from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.commands import Command


@pytest.fixture
def command(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands on the tiny set, with empty runs and cache folders."""
    return Command(capsys)


@pytest.fixture
def trained(finished_runs: dict[str, Run]) -> Run:
    """A finished run, which nobody may change."""
    return finished_runs["mfcc_dummy"]
