"""What the map sends to a browser: numbers, and groups whose colours stay theirs."""

import base64
import json
import zlib

import numpy as np
import pandas as pd

from fsat_core.charts.sound_map import (
    GREY,
    Scale,
    group,
    group_by_class,
    pack_clips,
    pack_colours,
    unpack_chosen,
)


def words(text: str) -> list[int]:
    return np.frombuffer(base64.b64decode(text), "<u2").tolist()


def coloured(labels: list[str], classes: list[str], chosen: tuple[str, ...] = ()) -> dict[str, int]:
    found = group_by_class(labels, classes, chosen)
    return {name: colour for name, colour in zip(found.names, found.colours, strict=True) if colour != GREY}


def test_places_fill_a_square_on_one_scale_and_names_are_packed() -> None:
    places = np.array([[-10, 0], [10, 5], [0, 2.5]], np.float32)
    ids, labels = ["curated/a.wav", "curated/\udc80.wav", "test/c\n.wav"], ["Bark", "Bark,Yell", ""]
    packed = pack_clips(places, ids, labels)
    low, high = 0.375, 0.625  # half as high as wide twice over
    expected = np.array([0, low, 1, high, 0.5, 0.5]) * 65_535
    np.testing.assert_allclose(words(packed["places"]), expected, atol=1)
    assert json.loads(zlib.decompress(base64.b64decode(packed["texts"]))) == [ids, labels]
    assert packed["key"] == pack_clips(places, ids, labels)["key"]
    assert packed["key"] != pack_clips(places, ids, ["Bark", "Bark", ""])["key"]


def test_clips_that_lie_in_one_place_are_in_the_middle() -> None:
    assert words(pack_clips(np.ones((2, 2)), ["a/b", "a/c"], ["", ""])["places"]) == [32_768] * 4


def test_a_class_keeps_its_colour_whatever_is_shown() -> None:
    classes = ["Bark", "Meow", "Yell"]
    assert coloured(["Yell", "Yell,Bark"], classes) == {"Bark": 0, "Meow": 1, "Yell": 2}
    found = group_by_class(["Yell", "Yell,Bark", ""], classes)
    assert [found.names[code] for code in found.codes] == ["Yell", "Yell", "No label"]
    assert found.rest == "No label"


def test_of_many_classes_the_largest_have_a_colour_until_some_are_chosen() -> None:
    classes = [f"Class {number:02}" for number in range(30)]
    labels = [name for number, name in enumerate(classes) for _ in range(number + 1)]
    assert set(coloured(labels, classes)) == set(classes[-10:])
    chosen = (classes[0], classes[7])
    assert coloured(labels, classes, chosen) == {classes[0]: 0, classes[7]: 1}
    found = group_by_class([f"{classes[3]},{classes[7]}", classes[3]], classes, chosen)
    assert [found.colours[code] for code in found.codes] == [1, GREY]
    assert found.rest == "Other classes"


def test_colours_are_sent_as_numbers_with_counts() -> None:
    packed = pack_colours(group(pd.Series(["b", "a", "c", "b"]), {"a": 3, "b": 1}, "Others"))
    assert packed["names"] == ["a", "b", "c"]
    assert packed["colours"] == [3, 1, GREY]
    assert packed["counts"] == [1, 2, 1]
    assert words(packed["codes"]) == [1, 0, 2, 1]


def test_a_scale_has_a_code_for_clips_without_a_number() -> None:
    packed = pack_colours(Scale("Suspicion", np.array([0, 1, np.nan, 0.5]), "low", "high", "Not rated"))
    assert words(packed["codes"]) == [0, 65_534, 65_535, 32_767]
    assert packed["num_known"] == 3


def test_what_a_browser_has_chosen_is_read_from_bits() -> None:
    bits = base64.b64encode(np.packbits([1, 0, 0, 1, 0, 0, 0, 0, 1], bitorder="little").tobytes()).decode()
    assert unpack_chosen(bits, 9).tolist() == [0, 3, 8]
    for wrong in ("", "!", "AAAAAA==", "é"):
        assert unpack_chosen(wrong, 9).tolist() == []
