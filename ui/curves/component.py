"""The component that draws learning curves: panels under one hairline, above a table of the values there.

A drag zooms, a double click shows all again, and the slider does with keys what the pointer does. New data
move neither the hairline nor what is zoomed into.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ui.shared.modules import make_component

_mount = make_component("fsat_curves", Path(__file__).parent, "curves")


def show_curves(chart: Mapping[str, Any], key: str) -> None:
    """Draw one of the charts of `fsat_core.charts.curves`; a new key begins without hairline and zoom."""
    _mount(key=key, data=dict(chart))
