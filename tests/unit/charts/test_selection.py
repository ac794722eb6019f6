"""Which clips a choice of splits and of the number of labels leaves."""

import pandas as pd
import pytest

from fsat_core.charts.selection import LabelKind, select_clips


@pytest.mark.parametrize(
    ("splits", "labels", "expected"),
    [
        (["curated"], "all", [0, 1, 2]),
        (["curated"], "single", [0, 2]),
        (["curated", "noisy"], "several", [1, 4]),
        (["test"], "all", [6, 7]),
        (["test"], "single", []),
        ([], "all", []),
    ],
)
def test_select_clips(
    small_catalogue: pd.DataFrame, splits: list[str], labels: LabelKind, expected: list[int]
) -> None:
    assert list(select_clips(small_catalogue, splits, labels).index) == expected
