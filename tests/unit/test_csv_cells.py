"""A spreadsheet takes no cell of our CSV for a formula, and what is read again is what was written."""

import io

import pandas as pd
import pytest

from fsat_core.csv_cells import format_csv, mark_formula, unmark_formula

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://host","x")',
    "\N{FULLWIDTH EQUALS SIGN}1",
    "-intro.wav",
]
ORDINARY = ["", "a.wav", "Bark,Yell", "1-2", "a=b", "'quoted'", "it's", "0006ae4e.wav", " =1", "'"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_as_text(text: str) -> None:
    assert mark_formula(text) == f"'{text}"
    assert unmark_formula(f"'{text}") == text


@pytest.mark.parametrize("text", ORDINARY)
def test_other_text_stays(text: str) -> None:
    assert mark_formula(text) == text
    assert unmark_formula(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, *ORDINARY, "'=1", "''+1", "'-a.wav"])
def test_what_is_marked_is_unmarked_to_the_same(text: str) -> None:
    assert unmark_formula(str(mark_formula(text))) == text


def test_a_table_keeps_its_numbers_and_marks_its_names() -> None:
    table = pd.DataFrame([["=a", -0.5, None, -3], ["b", 2.0, "+c", 4]], columns=["x", "=y", "z", "n"])
    table["n"] = table["n"].astype(object)
    text = format_csv(table)
    assert text == "x,'=y,z,n\n'=a,-0.5,,-3\nb,2.0,'+c,4\n"
    assert pd.read_csv(io.StringIO(text))["n"].tolist() == [-3, 4]


def test_columns_of_one_name_stay_apart() -> None:
    table = pd.DataFrame([["=a", "b"]], columns=["x", "x"])
    assert format_csv(table) == "x,x\n'=a,b\n"


def test_an_empty_table_has_its_header() -> None:
    assert format_csv(pd.DataFrame(columns=["fname", "labels"])) == "fname,labels\n"
