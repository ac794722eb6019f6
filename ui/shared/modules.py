"""Components of the browser, each of a folder with its page, its style and its scripts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const|let) \w)", re.MULTILINE)
_DECLARATION = re.compile(r"^(?:async function|function|class|const|let|var)\b\s*(\S+?)\b", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b|export\b(?! default )).*|^(?! *(?:\*|/[*/])).*\bimport\(.*", re.MULTILINE)


def make_component(name: str, folder: Path, stem: str) -> Callable[..., Any]:
    """What draws the component that `<stem>.html`, `<stem>.css` and `main.js` of a folder make."""
    html, css = ((folder / f"{stem}.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css"))
    return st.components.v2.component(name, html=html, css=css, js=join_modules(folder / "main.js"))


def join_modules(main: Path) -> str:
    """One ES module out of `main` and all that it imports, each once and below what it imports itself.

    The names of all modules share one scope, so that no two may declare the same one. Of the language's ways
    to import and export, these are understood: `import { a, b } from "./file.js";` on one line, `export`
    before a declaration, and `export default` in `main`.

    Raises
    ------
    ValueError
        If a module says it in another way, if two declare the same name, or if they import each other.
    """
    joined: dict[Path, str] = {}
    _join(main.resolve(), (), joined)
    owners: dict[str, Path] = {}
    for path, text in joined.items():
        for name in _DECLARATION.findall(text):
            if owners.setdefault(name, path) != path:
                raise ValueError(
                    f"{path.name} declares '{name}', as {owners[name].name} does: expected names of its own, "
                    "they are joined. Rename one."
                )
    return "\n".join(joined.values())


def _join(path: Path, importers: tuple[Path, ...], joined: dict[Path, str]) -> None:
    if path in joined:
        return
    if path in importers:
        circle = " -> ".join(each.name for each in (*importers[importers.index(path) :], path))
        raise ValueError(f"{circle}: expected no circle of imports. Move what both need to a third module.")
    text = path.read_text(encoding="utf-8")
    for other in _IMPORT.findall(text):
        _join((path.parent / other).resolve(), (*importers, path), joined)
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    if (left := _LEFT.search(text)) or (importers and (left := re.search(r"^export default.*", text, re.M))):
        raise ValueError(
            f'{path.name}: "{left[0]}": expected import {{ a, b }} from "./file.js"; on one line, or export '
            "before a declaration. Write it so."
        )
    joined[path] = text
