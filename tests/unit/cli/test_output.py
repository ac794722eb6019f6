"""What commands print is JSON that every reader takes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.cli.output import json_rows, write_file
from fsat_core.errors import ConfigError


def test_rows_of_a_table() -> None:
    table = pd.DataFrame(
        {
            "name": ["a", "b"],
            "count": np.array([1, 2]),
            "value": [0.5, float("nan")],
            "flag": [True, False],
            "undoes": pd.array([1, None], dtype="Int64"),
            "at": pd.to_datetime([datetime(2026, 1, 31, 14, tzinfo=UTC)] * 2),
        }
    )
    when = "2026-01-31T14:00:00+00:00"
    rows = json_rows(table)
    assert rows == [
        {"name": "a", "count": 1, "value": 0.5, "flag": True, "undoes": 1, "at": when},
        {"name": "b", "count": 2, "value": None, "flag": False, "undoes": None, "at": when},
    ]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert json_rows(table[:0]) == []


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    write_file(tmp_path / "new" / "a.txt", "text")
    assert (tmp_path / "new" / "a.txt").read_text() == "text"
    with pytest.raises(ConfigError, match=r"Cannot write '.*new' \(.+\): expected the name of a file"):
        write_file(tmp_path / "new", "text")
