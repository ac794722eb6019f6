"""Numbers on heat maps can be read on every cell, in both themes."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from fsat_core.charts.heat_map import _HUE, LEAST_ALPHA, MOST_ALPHA

CONFIG = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text())
# What Streamlit draws text in tables with, and so these numbers: gray 90 in light, gray 10 in dark.
TEXT = {"light": "#262730", "dark": "#f0f2f6"}


def luminance(colour: np.ndarray) -> float:
    """Relative luminance of a colour of three bytes, as WCAG 2 defines it."""
    shares = colour / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def rgb(text: str) -> np.ndarray:
    return np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)], float)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_have_a_contrast_of_4_5_on_every_cell(theme: str) -> None:
    page, text = rgb(CONFIG["theme"][theme]["backgroundColor"]), luminance(rgb(TEXT[theme]))
    for alpha in np.linspace(LEAST_ALPHA, MOST_ALPHA, 50):
        cell = luminance(alpha * np.array(_HUE) + (1 - alpha) * page)
        light, dark = max(text, cell), min(text, cell)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
