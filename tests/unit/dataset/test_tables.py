"""Tables as spreadsheets write them: read with a warning where they mean one thing, else a line."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.csv_cells import format_csv
from fsat_core.dataset import Table, read_table
from fsat_core.errors import DatasetError

PLAIN = 'fname,labels\na.wav,Bark\nb.wav,"Bark,Yell"\n'
ROWS = [["a.wav", "Bark"], ["b.wav", "Bark,Yell"]]


def read(content: str | bytes) -> Table:
    source = io.BytesIO(content.encode() if isinstance(content, str) else content)
    source.name = "train.csv"
    return read_table(source)


def test_plain_csv_needs_no_word() -> None:
    table = read(PLAIN)
    assert table.rows.to_numpy().tolist() == ROWS
    assert list(table.rows.columns) == ["fname", "labels"]
    assert table.rows.index.tolist() == [2, 3]
    assert (table.rows.dtypes == "str").all()
    assert table.warning == ""


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip(),
        PLAIN + "\n\n",
        PLAIN.replace("a.wav,Bark", '"a.wav","Bark"'),
        "\n" + PLAIN.replace("\n", "\n\n"),
    ],
)
def test_what_means_nothing_needs_no_word(content: str) -> None:
    table = read(content)
    assert (table.rows.to_numpy().tolist(), table.warning) == (ROWS, "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PLAIN.encode("utf-16"), "its text is UTF-16"),
        (PLAIN.encode("utf-16-be"), "its text is UTF-16"),
        (PLAIN.encode("utf-16-le"), "its text is UTF-16"),
        (PLAIN.encode("utf-32"), "its text is UTF-32"),
        ("fname;labels\na.wav;Bark\nb.wav;Bark,Yell\n", "cells end at semicolons"),
        ('"fname";"labels"\n"a.wav";"Bark"\n"b.wav";"Bark,Yell"\n', "cells end at semicolons"),
        ("fname\tlabels\na.wav\tBark\nb.wav\tBark,Yell\n", "cells end at tabs"),
        ("fname|labels\na.wav|Bark\nb.wav|Bark,Yell\n", "cells end at vertical bars"),
        (
            "sep=;\r\nfname;labels\r\na.wav;Bark\r\nb.wav;Bark,Yell\r\n",
            "cells end at semicolons, as its first",
        ),
        (PLAIN + ",\n,\n", r"rows of empty cells mean nothing \(lines 4, 5\)"),
        (PLAIN.replace("\na", "\n,\na"), r"rows of empty cells mean nothing \(line 2\)"),
        ('fname, labels\na.wav, Bark\nb.wav, "Bark,Yell"\n', "blanks around cells do not count"),
        ('fname ,labels\n a.wav,Bark \nb.wav , "Bark,Yell" \n', "blanks around cells do not count"),
        ('fname,labels\n\xa0a.wav,Bark\nb.wav,"Bark,Yell"\n', "blanks around cells do not count"),
        (
            'fname,labels,,\na.wav,Bark,,\nb.wav,"Bark,Yell",,\n',
            r"columns without name and content .* \(3, 4\)",
        ),
        ('fname,labels,Unnamed: 2\na.wav,Bark,\nb.wav,"Bark,Yell",\n', r"columns without name and content"),
        (',fname,labels\n0,a.wav,Bark\n1,b.wav,"Bark,Yell"\n', "its first column numbers the rows"),
        ('Unnamed: 0,fname,labels\n1,a.wav,Bark\n2,b.wav,"Bark,Yell"\n', "its first column numbers the rows"),
        ("# by Ann, 2026\n" + PLAIN, r"what begins with # is a comment \(line 1\)"),
        (PLAIN + '# "not" sure, really\n#\n', r"what begins with # is a comment \(lines 4, 5\)"),
        (PLAIN + '"# by Ann, 2026",\n', r"what begins with # is a comment \(line 4\)"),
        ("Table 1\n" + PLAIN, "its header is line 2"),
        (PLAIN.replace("\nb", "\nfname,labels\nb"), r"the header, where it is repeated, .* \(line 3\)"),
        ("# " + PLAIN, "its column # fname is fname"),
        ("# labels, fname and notes\n" + PLAIN.replace("fname,", "fname;").replace("v,", "v;"), "semicolons"),
        (
            PLAIN.replace("fname,labels", "Fname,LABELS"),
            "its column Fname is fname and its column LABELS is labels",
        ),
        (
            'fname,labels,labels\na.wav,Bark,Bark\nb.wav,"Bark,Yell","Bark,Yell"\n',
            "columns labels, which are alike",
        ),
        ('fname,labels\n="a.wav",Bark\n"=""b.wav""","Bark,Yell"\n', "only guards a text"),
        ('fname,labels,note\na.wav,Bark\nb.wav,"Bark,Yell"\n', r"rows that are too short .* \(lines 2, 3\)"),
    ],
)
def test_what_can_mean_one_thing_is_read_with_one_line(content: str | bytes, said: str) -> None:
    table = read(content)
    assert table.rows[["fname", "labels"]].to_numpy().tolist() == ROWS
    pd_said = (
        f"^train.csv was read assuming that .*{said}.*. If that is wrong, save it as plain CSV in UTF-8.$"
    )
    assert pd.Series(table.warning).str.match(pd_said).all(), table.warning
    assert "\n" not in table.warning


def test_several_assumptions_are_one_line() -> None:
    text = "# hear\nfname ;labels;\n\xe9t\xe9.wav;Bark;\n;;\n"
    table = read(text.encode("cp1252"))
    assert table.rows.to_numpy().tolist() == [["été.wav", "Bark"]]
    assert table.rows.index.tolist() == [3]
    assert table.warning == (
        "train.csv was read assuming that its text is Windows-1252, cells end at semicolons, columns without "
        "name and content mean nothing (3), blanks around cells do not count, rows of empty cells mean "
        "nothing (line 4) and what begins with # is a comment (line 1). If that is wrong, save it as plain "
        "CSV in UTF-8."
    )


def test_a_name_may_begin_as_a_comment_does() -> None:
    table = read("fname,labels\n#1.wav,Bark\n")
    assert (table.rows["fname"].tolist(), table.warning) == (["#1.wav"], "")


def test_further_columns_are_kept_as_they_are() -> None:
    table = read('fname,labels,note\na.wav,Bark,"two\nlines, ""quoted"""\nb.wav,"Bark,Yell",\n')
    assert table.rows["note"].tolist() == ['two\nlines, "quoted"', ""]
    assert table.rows.index.tolist() == [2, 4]
    assert table.warning == ""


def test_what_our_own_export_marks_as_no_formula_is_read_as_it_was() -> None:
    table = read(format_csv(pd.DataFrame({"fname": ["=x.wav", "-y.wav", "'=z.wav"], "labels": "@home"})))
    assert table.rows["fname"].tolist() == ["=x.wav", "-y.wav", "'=z.wav"]
    assert table.rows["labels"].tolist() == ["@home"] * 3
    assert table.warning == ""


def test_a_mark_in_the_middle_of_joined_files_is_no_part_of_a_name() -> None:
    assert read("\ufefffname,labels\na.wav,Bark\n\ufeffb.wav,Yell\n").rows["fname"].tolist() == [
        "a.wav",
        "b.wav",
    ]


def test_control_characters_in_names_are_shown() -> None:
    assert read("fname,labels\na\x07.wav,Bark\n").rows["fname"].tolist() == ["a\\u0007.wav"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as CSV .it is empty."),
        ("\n\n", "cannot be read as CSV .it is empty."),
        ("# nothing else\n", "cannot be read as CSV .it is empty."),
        ("name;labels\na.wav;Bark\n", r"no column 'fname' \(its columns: name, labels\)"),
        ("a.wav,Bark\nfname,labels\nb.wav,Yell\n", "its header is line 2, below line 1"),
        ("fname,labels\na.wav,Bark\nb.wav,Bark,Yell\n", "more cells than its header in line 3"),
        ("fname;labels\na.wav;Bark\nb.wav,Yell\n", "line 3 has 1 cell, expected 2 as in its header"),
        ("fname,labels,\na.wav,Bark,Yell\n", "column 3 has no name and holds 'Yell'"),
        (",fname,labels\n7,a.wav,Bark\n3,b.wav,Yell\n", "column 1 has no name and holds '7'"),
        ("fname,labels,labels\na.wav,Bark,Yell\n", "two columns 'labels' that differ"),
        ("fname,labels\n,Bark\n", "line 2 has no file name"),
        ('fname,labels\na.wav,"Bark\nb.wav,Yell\n', "line 2 opens a quote that is not closed"),
        ('fname,labels\na.wav,"Bark\nb.wav,"Yell"\n', "line 2 opens a quote that is not closed"),
        ('fname,labels\na.wav,"Bark\nYell"\n', "the cell 'labels' of line 2 goes on in the next line"),
        (f'fname,labels\na.wav,"{"x" * 140_000}"\n', "line 2 opens a quote"),
        ("fname,labels\n\n#NAME?,Bark\n", "the cell 'fname' of line 3 is #NAME"),
        ("fname,labels\na.wav,#BEZUG!\n", "the cell 'labels' of line 2 is #BEZUG!"),
        ("fname,labels\na.wav,#N/A\n", "the cell 'labels' of line 2 is #N/A"),
        ("fname,labels\na.wav,Bark\nb\0.wav,Yell\n", "line 3 has a zero byte"),
        (PLAIN.encode("utf-16")[:-1], "breaks off within a character of UTF-16"),
        (
            "fname,labels\ngeräusch.wav,Bark\n".encode("mac_roman"),
            "line 2 is in an encoding that cannot be told",
        ),
        ("fname,labels\nbär.wav,Bark\n".encode("cp850"), "line 2 is in an encoding that cannot be told"),
        (b"fname,labels\nb\x81r.wav,Bark\n", r"line 2 is in an encoding that cannot be told \(byte 0x81\)"),
        (
            "fname,labels\né.wav,Bark\n".encode() + b"\xe9.wav,Bark\n",
            "line 3 is not in UTF-8, as other lines are",
        ),
        (b"PK\x03\x04rest", "is a workbook or another archive, not text"),
        (b"\xd0\xcf\x11\xe0rest", "is an Excel workbook, not text"),
        ("<!DOCTYPE html><html>", "is a web page or XML, not text"),
    ],
)
def test_what_can_mean_several_things_is_a_line_that_names_the_place(
    content: str | bytes, message: str
) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        read(content)
    assert str(caught.value).startswith("train.csv")
    assert "expected" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.csv cannot be read \(No such file or directory\)"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_table(tmp_path / "a\0.csv")


def test_whatever_a_table_holds_is_rows_or_one_line() -> None:
    rng = np.random.default_rng(0)
    signs = [
        '"',
        ",",
        ";",
        "\t",
        "\n",
        "\r",
        "#",
        "=",
        "'",
        "\0",
        "\xe9",
        "\xa0",
        "fname",
        "#N/A",
        "\x85",
        "\u2028",
    ]
    for number in range(600):
        text = list([PLAIN, PLAIN.replace(",", ";"), f"# c\n{PLAIN}"][number % 3])
        for _ in range(rng.integers(5)):
            place = rng.integers(len(text))
            text[place : place + rng.integers(3)] = signs[rng.integers(len(signs))]
        content = "".join(text).encode(["utf-8", "utf-16", "cp1252"][number % 3], "replace")
        try:
            table = read(content)
        except DatasetError as error:
            said = str(error)
        else:
            said = table.warning
            names = table.rows["fname"].tolist()
            assert all(name.strip() == name and name.isprintable() for name in names if "\xa0" not in name)
        said.encode()
        assert len(said.splitlines()) <= 1
