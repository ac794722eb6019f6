"""The reliability diagram: the numbers that it carries."""

import numpy as np
import pandas as pd

from fsat_core.charts.calibration import reliability_figure


def test_reliability_passes_over_empty_bins() -> None:
    bins = pd.DataFrame(
        {
            "low": [0.0, 0.25, 0.5, 0.75],
            "high": [0.25, 0.5, 0.75, 1.0],
            "confidence": [0.1, 0.3, np.nan, 0.9],
            "frequency": [0.1, 0.4, np.nan, 0.6],
            "count": [60, 20, 0, 20],
        }
    )
    ideal, curve, bars = reliability_figure(bins).data
    assert list(ideal.x) == list(ideal.y)
    assert list(curve.x) == [0.1, 0.3, 0.9]
    assert list(curve.y) == [0.1, 0.4, 0.6]
    np.testing.assert_allclose(bars.x, [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(bars.y, [60, 20, np.nan, 20])
