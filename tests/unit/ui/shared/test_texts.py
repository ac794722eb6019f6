"""Text that is not ours is shown as it is, and errors do not say where on the server a file is."""

import re
from pathlib import Path

import pytest

from fsat_core.errors import FsatError
from fsat_core.settings import Settings
from ui.shared.texts import explain, plain, without_folders

HOSTILE = [
    "![](http://host/i.png)",
    "![a][b]\n\n[b]: http://host/i.png",
    "[click](http://host)",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<http://host>",
    "http://host/x",
    "www.host.org",
    "mail@host.org",
    "**bold** *it* __b__ _i_ ~~s~~ ~s~",
    "`code` ``more``",
    "```\nfence\n```",
    "# heading",
    "heading\n===",
    "heading\n---",
    "- item\n+ item\n* item\n1. item\n2) item",
    "> quote",
    "    indented",
    "\tindented",
    "a | b\n- | -\n1 | 2",
    "***",
    "&lt;b&gt; &#60; &amp;",
    "line  \nbreak\\\nbreak",
    "\\![](x)",
    "\\\\![](x)",
]


# What Markdown makes something of, where no backslash stands before it.
INLINE = re.compile(r"[`*\[\]<$~|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&#?\w+;|://|www\.|@\w", re.IGNORECASE)
BLOCK = re.compile(r"^(?:\s*(?:[#+=>-]|\d+[.)])| {4}|\t)", re.MULTILINE)


def left_of(markdown: str) -> str:
    """A text in Markdown without the characters that a backslash makes plain."""
    return re.sub(r"\\[!-/:-@\[-`{-~]", "x", markdown)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_it_is_markdown(text: str) -> None:
    left = left_of(plain(text))
    assert not INLINE.search(left)
    assert not BLOCK.search(left)
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain(text)).replace("\N{WORD JOINER}", "")
    assert unescaped.split() == text.split()  # all of it is still there


@pytest.mark.parametrize("text", [*HOSTILE, ":red[x]"])
def test_the_check_itself_sees_markdown(text: str) -> None:
    if text not in ("line  \nbreak\\\nbreak", ":red[x]"):
        assert INLINE.search(left_of(text)) or BLOCK.search(left_of(text)) or "\\\\" in text or "\n" in text


@pytest.mark.parametrize(
    ("text", "never"),
    [
        (":red[x]", r"(?<!\\):red"),
        (":material/home:", ":material/"),
        (":material_home:", ":material_"),
        (":smile:", ":smile:"),
        (":blue-background[x]", r"(?<!\\):blue"),
        ("$x^2$", r"(?<!\\)\$"),
        ("$$x$$", r"(?<!\\)\$"),
    ],
)
def test_what_streamlit_adds_to_markdown_is_no_more_than_text(text: str, never: str) -> None:
    assert not re.search(never, plain(text))


@pytest.mark.parametrize(
    "text",
    ["0a_b1.wav", "Run 'x': expected 3, got 4. Try again.", "Male_speech_and_man_speaking", "50 % (ü)"],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_what_nobody_sees_is_seen() -> None:
    assert plain("a\u202eb\x00c\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_commands_in_a_message_stay_code() -> None:
    assert explain("No *run*. Do `fsat runs -- --x`.") == "No \\*run\\*. Do `fsat runs -- --x`."
    assert explain("An `odd` one ` here") == "An `odd` one \\` here"


def test_a_message_of_any_length_is_short() -> None:
    assert len(explain("x" * 10**6)) < 3_000


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FSAT_DATA_DIR", str(tmp_path / "my data" / "set"))
    monkeypatch.setenv("FSAT_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FSAT_DATABASE_URL", f"sqlite:///{tmp_path}/secret/labels.db")
    return Settings.from_environment()


def test_paths_begin_with_the_folder_that_visitors_know(folders: Settings) -> None:
    text = (
        f"{folders.data_dir}/train.csv has no header. No run in {folders.runs_dir}: none yet. "
        f"'{folders.cache_dir}/demo/x' is gone; see {folders.database_url.removeprefix('sqlite:///')}."
    )
    assert without_folders(text) == (
        "set/train.csv has no header. No run in runs: none yet. 'cache/demo/x' is gone; see secret/labels.db."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/srv/other place/x.wav", None),
        ("The set '/srv/other place/set' is not here.", "The set 'set' is not here."),
        ("Cannot read /mnt/nas/clips/a.wav (denied).", "Cannot read a.wav (denied)."),
        ("expected sqlite:////folder/labels.db or postgresql://user:password@host/database", ...),
        ("fold_01/best.keras and/or 3/4; see https://example.org/a/b", ...),
    ],
)
def test_other_paths_are_a_name(folders: Settings, text: str, expected: object) -> None:
    hidden = without_folders(text)
    if expected is ...:
        assert hidden == text
    elif expected is None:
        assert "/srv" not in hidden
    else:
        assert hidden == expected


def test_the_servers_own_folders_are_not_shown(folders: Settings) -> None:
    here = Path(__file__).resolve()
    assert str(here.parents[4]) not in without_folders(f'File "{here}", line 3')
    assert explain(FsatError(f"{Path.home()}/x.wav is gone")) == "x.wav is gone"
