"""A matrix as a picture: a JPEG in the colours of a Plotly scale."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image
from plotly.colors import sample_colorscale

FINE, SMALL = 85, 60  # qualities of a JPEG: for a picture that is sent once, and for one at each zoom


def image_jpeg(
    matrix: np.ndarray,
    colormap: str = "magma",
    vmin: float | None = None,
    vmax: float | None = None,
    quality: int = FINE,
) -> bytes:
    """A JPEG of a matrix, one pixel per value, the first row at the bottom.

    A picture of sound is as detailed as noise: a PNG would be twice as large and take ten times as long.

    Parameters
    ----------
    matrix : np.ndarray [shape=(height, width)]
    colormap : str
        Name of a Plotly colour scale.
    vmin, vmax : float, optional
        Values of the first and last colour; the extremes of the matrix by default.
    quality : int
        Of the JPEG, up to 100.

    Returns
    -------
    bytes
    """
    low = float(np.min(matrix)) if vmin is None else vmin
    high = float(np.max(matrix)) if vmax is None else vmax
    levels = np.clip((matrix[::-1] - low) * (255 / max(high - low, 1e-9)), 0, 255).round().astype(np.uint8)
    out = io.BytesIO()
    # Without subsampling: half the detail is in the colours.
    Image.fromarray(_palette(colormap)[levels]).save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


@lru_cache
def _palette(colormap: str) -> np.ndarray:
    """256 RGB triples of a Plotly colour scale [shape=(256, 3)], uint8."""
    colours = sample_colorscale(colormap, np.linspace(0, 1, 256).tolist(), colortype="tuple")
    return (np.asarray(colours) * 255).round().astype(np.uint8)
