"""Matrices as JPEGs: which way up, and in which colours."""

import io

import numpy as np
from PIL import Image

from fsat_core.audio.pictures import image_jpeg


def pixels(jpeg: bytes) -> np.ndarray:
    """RGB values [shape=(height, width, 3)] of a JPEG."""
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return np.asarray(image.convert("RGB")).astype(int)


def blocks(values: list[list[float]], size: int = 16) -> np.ndarray:
    """Each value as a square of this size: a JPEG changes single pixels a little."""
    return np.kron(values, np.ones((size, size)))


def test_an_image_has_its_first_row_at_the_bottom() -> None:
    image = pixels(image_jpeg(blocks([[0.0, 0.0, 10.0], [10.0, 10.0, 10.0]])))
    assert image.shape == (32, 48, 3)
    dark, bright = image[24, 8], image[8, 8]
    np.testing.assert_allclose(dark, [0, 0, 4], atol=3)  # the ends of magma
    np.testing.assert_allclose(bright, [252, 253, 191], atol=3)
    np.testing.assert_allclose(image[24, 40], bright, atol=3)


def test_colours_end_at_the_limits_given() -> None:
    values = blocks([[-9.0, 0.0, 5.0, 10.0, 99.0]])
    image = pixels(image_jpeg(values, "Bluered", vmin=0, vmax=10))[8, 8::16, 0]
    np.testing.assert_allclose(image, [0, 0, 128, 255, 255], atol=3)


def test_colours_change_evenly() -> None:
    image = pixels(image_jpeg(np.tile(np.arange(256.0), (8, 1)), "Bluered"))[4, :, 0]
    np.testing.assert_allclose(image, np.arange(256), atol=4)


def test_detail_of_single_pixels_is_kept() -> None:
    matrix = np.random.default_rng(0).random((128, 400))
    red = pixels(image_jpeg(matrix, "Bluered", vmin=0, vmax=1))[:, :, 0]
    assert np.corrcoef(red.ravel(), matrix[::-1].ravel())[0, 1] > 0.95


def test_an_image_of_one_value_draws() -> None:
    assert pixels(image_jpeg(np.full((3, 4), -100.0))).shape == (3, 4, 3)
