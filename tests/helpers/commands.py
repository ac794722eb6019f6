"""Commands in this process, and what they printed."""

import json
from typing import Any

import pytest

from fsat_core.cli import main

OK, FAILURE, WRONG_CALL = 0, 1, 2


class Command:
    """Runs a command in this process and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object, status: int = OK) -> str:
        """What the command printed to standard output; its exit status has to be `status`."""
        self._capsys.readouterr()
        found = main([str(word) for word in words])
        self.out, self.err = self._capsys.readouterr()
        assert found == status, self.err
        return self.out

    def json(self, *words: object, status: int = OK) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self(*words, "--json", status=status))

    def error(self, *words: object) -> str:
        """The one line on standard error of a wrong call, which prints nothing else."""
        assert self(*words, status=WRONG_CALL) == ""
        return self.error_line()

    def error_line(self) -> str:
        """The only line on standard error."""
        (line,) = self.err.splitlines()
        assert line.startswith("fsat_core: ")
        return line
