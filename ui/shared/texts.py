"""Text that is not ours, on a page: names, notes and messages, shown as they are and never as Markdown."""

import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import streamlit as st

from fsat_core.errors import ConfigError, FsatError
from fsat_core.text import shorten

_PROJECT_DIR = Path(__file__).parents[2]
_MOST_SHOWN = 2_000  # characters of a message; it may repeat what somebody sent
_JOINER = "\N{WORD JOINER}"  # takes no room, and ends what would be a link or an icon

# Half characters of names that are no UTF-8, control characters, and marks that turn the order of writing.
_UNSEEN = re.compile("[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# A colon that begins an icon, an emoji or an address; and what else is made a link without being asked to.
_JOINED = re.compile(r"(:(?=[\w+/-]+:|//)|\bwww(?=\.)|@(?=\w))", re.IGNORECASE)
_MARKS = re.compile(
    r"([\\`*\[\]<$~|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=[^\s" + _JOINER + r"])|&(?=#?\w+;))"
)
_LINE_START = re.compile(r"^[ \t]*([#+=>-]|\d+(?=([.)])))?", re.MULTILINE)

_PLACE = "\ue000"  # of a command in a message, while the rest is escaped
_CODE = re.compile(r"`([^`\n]+)`")
_QUOTED_PATH = re.compile(r"(?<=')/[^'\n]*/([^/'\n]*)(?=')")
_BARE_PATH = re.compile(r"(?<![\w:/.~'-])/(?:[^/\s'\",;()]+/)+([^/\s'\",;()]*)")


def plain(text: object) -> str:
    """Text that Markdown shows as it is: no picture, link, HTML, formula, icon or colour comes of it."""
    seen = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", str(text))
    marked = _MARKS.sub(r"\\\1", _JOINED.sub(rf"\1{_JOINER}", seen))
    return _LINE_START.sub(_escape_line_start, marked)


def explain(message: FsatError | str) -> str:
    """A message for people as Markdown that shows it as it is, without the server's folders in it.

    What stands in backticks stays code: commands are copied from there, and nothing else comes of it.
    """
    text = shorten(without_folders(str(message)), _MOST_SHOWN).replace(_PLACE, "")
    codes = iter(_CODE.findall(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)))
    return re.sub(_PLACE, lambda _: f"`{next(codes)}`", plain(_CODE.sub(_PLACE, text)))


def show_error(message: FsatError | str, icon: str = ":material/error:") -> None:
    """One line that says what went wrong. The only way in which pages show an `FsatError`."""
    st.error(explain(message), icon=icon)


def without_folders(text: str) -> str:
    """A message, or a log, in which no path says where on the server a file is.

    Paths in the folders in use begin with the name of that folder, others are their last name alone. On the
    command line, and in the server's own log, messages have them whole.
    """
    for folder, shown in _folders():
        text = text.replace(f"{folder}/", shown)
        name = Path(folder).name.replace("\\", r"\\")
        text = re.sub(rf"{re.escape(folder)}(?=[\s'\",;:).]|$)", name, text)
    return _BARE_PATH.sub(r"\1", _QUOTED_PATH.sub(r"\1", text))


def _escape_line_start(found: re.Match[str]) -> str:
    """What begins a line, without the spaces that would make it code, and not a heading, list or quote."""
    start = found[1] or ""
    return f"{start}\\" if start.isdigit() else f"\\{start}" if start else ""


def _folders() -> list[tuple[str, str]]:
    """The server's folders, the innermost first, and how a path in each begins when it is shown."""
    from ui.shared import state  # late: it shows messages, too

    others = (_PROJECT_DIR, Path(sys.prefix), Path.home(), Path(tempfile.gettempdir()))
    shown = {str(folder): "" for folder in others}
    with suppress(ConfigError):  # the one that is being shown
        in_use = state.settings()
        named = (in_use.data_dir, in_use.runs_dir, in_use.cache_dir, *_database_folder(in_use.database_url))
        for folder in named:
            shown |= {str(each): f"{folder.name}/" for each in (folder, folder.resolve())}
    shown.pop("/", None)
    return sorted(shown.items(), key=lambda item: -len(item[0]))


def _database_folder(url: str) -> list[Path]:
    """The folder of a label database on SQLite."""
    path = unquote(url.partition(":///")[2].partition("?")[0])
    return [Path(path).absolute().parent] if url.startswith("sqlite") else []
