"""The commands names list, names export, names import and names set."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import open_labels, read_catalogue
from fsat_core.cli.output import print_result, warn, write_file
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings
from fsat_core.text import counted, list_some

if TYPE_CHECKING:
    from fsat_core.embedding.own_names import NamedClass


def add_commands(commands: Commands) -> None:
    """Add them."""
    names = commands.group(
        "names", "Which classes of AudioSet are the classes of the data set, for suggestions"
    )
    names.add("list", _list, "The names of each class, and where they are from", data=True, runs=True)
    export = names.add("export", _export, "Write them to a CSV", data=True, runs=True)
    export.add_argument("file", type=Path, metavar="FILE")
    take_in = names.add("import", _import, "Take them from a CSV as export writes it", data=True, runs=True)
    take_in.add_argument("file", type=Path, metavar="FILE")
    change = names.add("set", _set, "Say which names of AudioSet a class has", data=True, runs=True)
    change.add_argument("label", metavar="CLASS")
    change.add_argument("own", nargs="*", metavar="NAME", help="names in AudioSet (default: none)")
    change.add_argument("--reset", action="store_true", help="the names that it has by itself again")


def _list(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.embedding.own_names import describe_names

    named = _named(settings)
    lines = [f"{each.label}: {', '.join(each.names) or '-'} ({each.source})" for each in named]
    print_result(options, [each._asdict() for each in named], "\n".join([*lines, describe_names(named)]))
    return OK


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.embedding.own_names import format_names

    named = _named(settings)
    write_file(options.file, format_names(named))
    print_result(options, {"out": str(options.file)}, f"{counted(len(named), 'class')} in {options.file}")
    return OK


def _import(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.embedding.own_names import audioset_names, read_names

    dataset, _ = read_catalogue(settings)
    read = read_names(options.file, dataset.classes, audioset_names())
    for fault in read.faults:
        warn(fault)
    if read.faults:
        raise ConfigError(
            f"{counted(len(read.faults), 'row')} of {options.file.name} cannot be taken: expected classes of "
            "the set and names of AudioSet, each pair once. Nothing was changed. Mend them, and try again."
        )
    return _change(options, settings, read.changes)


def _set(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.embedding.own_names import audioset_names

    dataset, _ = read_catalogue(settings)
    if options.label not in dataset.classes:
        raise ConfigError(
            f"No class '{options.label}': expected one of {list_some(dataset.classes)}. Correct the name."
        )
    if unknown := [name for name in options.own if name not in audioset_names()]:
        raise ConfigError(
            f"No name '{unknown[0]}' in AudioSet: expected names that YAMNet knows, such as "
            f"{audioset_names()[0]!r}. `fsat names export FILE` writes those in use."
        )
    if options.reset and options.own:
        raise ConfigError("--reset and names together: expected one of them. Leave one out.")
    own = None if options.reset else list(dict.fromkeys(options.own))
    return _change(options, settings, {options.label: own})


def _change(
    options: argparse.Namespace, settings: Settings, changes: Mapping[str, Sequence[str] | None]
) -> int:
    from fsat_core.labels.own_names import change_own_names

    with open_labels(settings) as store:
        edited = change_own_names(store, changes)
    print_result(options, edited, f"{counted(len(edited), 'class')} with names of your own")
    return OK


def _named(settings: Settings) -> "list[NamedClass]":
    from fsat_core.embedding.own_names import audioset_names, name_classes
    from fsat_core.labels.own_names import read_own_names

    dataset, _ = read_catalogue(settings)
    with open_labels(settings) as store:
        return name_classes(dataset.classes, audioset_names(), read_own_names(store))
