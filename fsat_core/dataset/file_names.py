"""Which file a table means: names are compared as people compare them, where only one file can be meant."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

from fsat_core.audio.types import is_sound_name
from fsat_core.csv_cells import unmark_formula
from fsat_core.text import readable

# What file managers and cameras leave in folders: `._a.wav` is a Mac's note on a.wav.
_NOT_MEANT = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "icon\\u000d"})


def is_hidden(name: str) -> bool:
    """Whether a file is one that nobody put there on purpose, which is never a clip."""
    return name.startswith(".") or name.lower() in _NOT_MEANT


def sound_stem(name: str) -> str:
    """A name without the suffix of a sound file, if it has one."""
    return name.rpartition(".")[0] if is_sound_name(name) else name


class Unclear(NamedTuple):
    """Why a name means no file: those that it could mean, and the other names that could mean them."""

    candidates: list[str]
    rivals: list[str]


class Matches(NamedTuple):
    """For names that are not there as they are written: the one that each means, or why that is unclear.

    A name in neither of them is not there.
    """

    found: dict[str, str]
    unclear: dict[str, Unclear]


def match_names(names: Iterable[str], there: Iterable[str]) -> Matches:
    """What names mean that differ from those that are there in how they are written.

    Names that are there as they are written are not looked at, and never given to others. The rest is
    compared in steps: as shown (`readable`), by the form of Unicode and blanks around it, by case, then the
    same without the suffix of a sound file where only one side has it. Each step gives away what has one
    candidate that no other name means.

    Parameters
    ----------
    names : iterable of str
        As a table has them.
    there : iterable of str
        Of the files in a folder, as `os.listdir` has them, or of clips.
    """
    wanted, free = set(names), set(there)
    wanted, free = wanted - free, free - wanted
    matches = Matches({}, {})
    for step in _STEPS:
        if not wanted or not free:
            break
        offered = _group(free, step, are_there=True)
        for key, rivals in _group(wanted, step, are_there=False).items():
            if candidates := offered.get(key):
                wanted.difference_update(rivals)
                if len(candidates) == len(rivals) == 1:
                    matches.found[rivals[0]] = candidates[0]
                    free.remove(candidates[0])
                else:
                    matches.unclear.update(_unclear(rivals, candidates))
    return matches


def _unclear(rivals: list[str], candidates: list[str]) -> dict[str, Unclear]:
    shown = sorted(map(readable, candidates))
    return {name: Unclear(shown, sorted(other for other in rivals if other != name)) for name in rivals}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", unmark_formula(_decoded(name).strip()))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", _composed(name).casefold())


def _decoded(name: str) -> str:
    """A name of bytes that are not UTF-8 as an older Windows has it; any other as it is."""
    if name.isascii() or readable(name) == name:
        return name
    try:
        return name.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    except UnicodeEncodeError:  # half a character, of no file
        return name


class _Step(NamedTuple):
    """One way to compare names: in a form, with or without the suffix that only one side may have."""

    form: Callable[[str], str]
    without_suffix: bool = False


_STEPS = (
    _Step(readable),
    _Step(_composed),
    _Step(_folded),
    _Step(_composed, without_suffix=True),
    _Step(_folded, without_suffix=True),
)


def _group(names: Iterable[str], step: _Step, are_there: bool) -> dict[tuple[str, bool], list[str]]:
    """The names by what is compared of them."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for name in names:
        key = step.form(name), False
        if step.without_suffix:
            stem = sound_stem(name)
            # The side that is asked is turned round, so that a.wav meets a, and neither a.wav nor a.mp3.
            key = step.form(stem), (stem == name) == are_there
        groups.setdefault(key, []).append(name)
    return groups
