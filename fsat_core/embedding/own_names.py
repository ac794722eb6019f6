"""Which classes of a pretrained network are a class of a data set: by their names, or as users say."""

import csv
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

_AUDIOSET = Path(__file__).with_name("audioset_names.csv")


@lru_cache(maxsize=1)
def audioset_names() -> tuple[str, ...]:
    """The 521 classes of AudioSet that YAMNet knows, in the order of its scores."""
    with _AUDIOSET.open(encoding="utf-8", newline="") as file:
        return tuple(row["name"] for row in csv.DictReader(file))


def match_names(
    classes: Sequence[str], own: Sequence[str], edited: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """The network's own names for each class of a data set; none for those that it does not know.

    The same name counts in whatever spelling: `Waves_and_surf` is "Waves, surf". A class that has no such
    name has those of which it is one of several: `Rooster` is "Chicken, rooster".

    Parameters
    ----------
    classes : sequence of str
        Of the data set.
    own : sequence of str
        Of the network.
    edited : mapping, optional
        What users say: the own names of some classes. Names that the network does not have are left out.
    """
    known = set(own)
    whole: dict[str, list[str]] = {}
    partly: dict[str, list[str]] = {}
    for name in own:
        whole.setdefault(_plain(name), []).append(name)
        for part in name.split(","):
            partly.setdefault(_plain(part), []).append(name)
    said = edited or {}
    return {
        name: [other for other in said[name] if other in known]
        if name in said
        else whole.get(_plain(name)) or partly.get(_plain(name)) or []
        for name in classes
    }


def columns_of(names: Mapping[str, Sequence[str]], own: Sequence[str]) -> dict[str, list[int]]:
    """The columns of the network's scores that are each class; classes without any are left out."""
    column = {name: at for at, name in enumerate(own)}
    return {label: [column[name] for name in found] for label, found in names.items() if found}


def _plain(name: str) -> str:
    """A name without what spellings differ in: case, underscores, commas, brackets and "and"."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return " ".join(word for word in words if word != "and")
