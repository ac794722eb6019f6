"""Names that are written differently, and files that are never clips."""

import unicodedata

import pytest

from fsat_core.dataset.file_names import is_hidden, match_names

NFC, NFD = (unicodedata.normalize(form, "caf\u00e9.wav") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("name", "there"),
    [
        (NFC, NFD),
        (NFD, NFC),
        ("bark.wav", "Bark.WAV"),
        ("64760", "64760.wav"),
        ("64760", "64760.FLAC"),
        ("64760.wav", "64760"),
        ("BARK", "bark.wav"),
        ("a.wav", " a.wav"),
        (NFC.upper(), NFD),
        ("modi\\xe8.wav", "modi\udce8.wav"),
        ("modi\u00e8.wav", "modi\udce8.wav"),
        ("two\\u000alines.wav", "two\nlines.wav"),
        ("1.5 m", "1.5 m.wav"),
        ("-a.wav", "'-a.wav"),
    ],
)
def test_a_name_means_the_one_file_that_it_can_mean(name: str, there: str) -> None:
    matches = match_names([name, "exact.wav"], [there, "exact.wav", "other.wav"])
    assert matches.found == {name: there}
    assert matches.unclear == {}


@pytest.mark.parametrize(
    ("names", "there"),
    [
        (["a.wav"], ["A.wav", "a.WAV"]),
        (["a"], ["a.wav", "a.flac"]),
        (["A.wav", "a.WAV"], ["a.wav"]),
        (["A.wav", "a.WAV"], ["a.wav", "A.WAV"]),
    ],
)
def test_a_name_that_could_mean_several_means_none(names: list[str], there: list[str]) -> None:
    matches = match_names(names, there)
    assert matches.found == {}
    assert set(matches.unclear) == set(names)
    for name in names:
        candidates, rivals = matches.unclear[name]
        assert candidates == sorted(there)
        assert rivals == sorted({*names} - {name})


def test_a_file_that_is_named_exactly_is_not_given_to_another_name() -> None:
    assert match_names(["a.wav", "A.wav"], ["a.wav"]) == ({}, {})
    assert match_names(["a", "a.wav"], ["a.wav"]) == ({}, {})


def test_another_suffix_is_another_file() -> None:
    assert match_names(["a.wav"], ["a.flac"]) == ({}, {})


def test_the_nearer_form_comes_first() -> None:
    assert match_names([NFC], [NFD, NFD.upper()]).found == {NFC: NFD}
    assert match_names(["a"], ["a.wav", "A.wav"]).found == {"a": "a.wav"}


@pytest.mark.parametrize(
    "name", ["._a.wav", ".DS_Store", ".hidden.wav", "Thumbs.db", "thumbs.DB", "desktop.ini"]
)
def test_what_file_managers_leave_is_hidden(name: str) -> None:
    assert is_hidden(name)


@pytest.mark.parametrize("name", ["a.wav", "_a.wav", "thumbs.wav", "a.db", "icon.wav"])
def test_other_files_are_not(name: str) -> None:
    assert not is_hidden(name)
