"""The contrast of the theme's colours, as WCAG 2.2 has it: 4.5 : 1 for text, 3 : 1 for marks."""

import re
import tomllib
from itertools import pairwise, product
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[4]
PAGE_STYLE = REPOSITORY / "ui" / "shared" / "page.css"
CONFIG = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text())
THEMES = {name: CONFIG["theme"][name] for name in ("light", "dark")}
TEXT, MARK = 4.5, 3.0
CAPTION = 0.6  # of the text's colour is in that of captions and placeholders
CHOSEN = (0.1, 0.2)  # of the primary colour are in the ground of a chosen pill, and under the pointer
FAINT, FIELD = 0.75, 0.55  # of the text's colour are in faint text and in the rims of fields of ui/**/*.css
PRESSED = (0.16, 0.18, 0.22)  # of the primary or link colour is under what is pressed in ui/**/*.css

both = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


@both
def test_text_stands_out_from_every_ground(theme: dict) -> None:
    text = theme["textColor"]
    for ground, share in product(grounds(theme), (1, FAINT, CAPTION)):
        assert contrast(mix(text, ground, share), ground) >= TEXT, (ground, share)


@both
def test_the_primary_colour_carries_white_text_and_is_seen(theme: dict) -> None:
    assert contrast("#ffffff", theme["primaryColor"]) >= TEXT
    for ground in grounds(theme):
        assert contrast(theme["primaryColor"], ground) >= MARK, ground


@both
def test_what_is_chosen_and_links_can_be_read(theme: dict) -> None:
    """`ui/shared/page.css` mixes the text of what is chosen with one colour."""
    share, colour = re.findall(r"currentcolor (\d+)%, (#\w+)\)", PAGE_STYLE.read_text())[0]
    text = mix(theme["textColor"], colour, int(share) / 100)
    for ground in grounds(theme):
        assert contrast(theme["linkColor"], ground) >= TEXT, ground
        for under in (0, *CHOSEN):
            assert contrast(text, mix(theme["primaryColor"], ground, under)) >= TEXT, (ground, under)


@both
def test_what_is_pressed_can_be_read(theme: dict) -> None:
    page = theme["backgroundColor"]
    for colour, share in product((theme["primaryColor"], theme["linkColor"]), PRESSED):
        ground = mix(colour, page, share)
        assert contrast(mix(theme["textColor"], page, FAINT), ground) >= TEXT, (colour, share)
    assert contrast(theme["linkColor"], mix(theme["linkColor"], page, 0.18)) >= TEXT


@both
def test_the_colours_of_charts_stand_out_from_the_page(theme: dict) -> None:
    for colour in theme["chartCategoricalColors"]:
        assert contrast(colour, theme["backgroundColor"]) >= MARK, colour
        assert contrast(colour, theme["secondaryBackgroundColor"]) >= MARK, colour


@both
def test_fields_have_a_rim(theme: dict) -> None:
    for ground in grounds(theme):
        assert contrast(mix(theme["textColor"], theme["backgroundColor"], FIELD), ground) >= MARK, ground


@both
def test_the_scale_of_maps_goes_one_way(theme: dict) -> None:
    ratios = [contrast(colour, theme["backgroundColor"]) for colour in theme["chartSequentialColors"]]
    assert all(low < high for low, high in pairwise(ratios))


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)


def grounds(theme: dict) -> list[str]:
    """What text stands on: page, fields, sidebar, and fields in it."""
    names = ("backgroundColor", "secondaryBackgroundColor")
    return [part[name] for part in (theme, theme["sidebar"]) for name in names]


def mix(colour: str, ground: str, share: float) -> str:
    """A colour that lets a ground through."""
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def contrast(first: str, second: str) -> float:
    """How two colours differ, from 1 to 21."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    values = [value / 255 for value in channels(colour)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
