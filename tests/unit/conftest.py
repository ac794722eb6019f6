"""Tables that unit tests of several packages need."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def changes() -> pd.DataFrame:
    """Changes of four classes: the baseline does not know Siren, Meow has a single clip."""
    return pd.DataFrame(
        {
            "class": ["Bark", "Knock", "Meow", "Siren"],
            "baseline": [0.5, 0.9, 0.7, np.nan],
            "candidate": [0.8, 0.6, 0.7, 0.4],
            "change": [0.3, -0.3, 0.0, np.nan],
            "low": [0.1, -0.7, np.nan, np.nan],
            "high": [0.4, 0.1, np.nan, np.nan],
            "count": [20, 10, 1, 2],
        }
    )
