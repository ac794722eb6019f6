"""The commands labels sets, labels sets make and labels sets diff."""

import argparse
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import open_labels, read_clips
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    from fsat_core.labels import LabelSet, Rule


def add_commands(labels: Commands) -> None:
    """Add them."""
    listing = labels.add("sets", _sets, "List the label sets", data=True, runs=True)
    sets = Commands(listing, required=False)

    make = sets.add("make", _make, "Keep all labels under a name", data=True, runs=True)
    make.add_argument("name", metavar="NAME")
    make.add_argument(
        "--agree",
        type=int,
        metavar="N",
        help="what N annotators agree on counts (default: the latest decision does)",
    )
    make.add_argument("--annotator", metavar="NAME", help="only this one's latest decisions count")
    make.add_argument("--adjudicator", metavar="NAME", help="whose word counts before all others")
    make.add_argument(
        "--corrects", metavar="SET", help="the label set that it corrects (default: the tables)"
    )

    diff = sets.add(
        "diff", _diff, "The clips whose labels differ between two label sets", data=True, runs=True
    )
    diff.add_argument("name", metavar="SET")
    diff.add_argument("--since", metavar="SET", help="the earlier one (default: the tables of the data set)")


def _sets(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import describe_rule, list_label_sets

    with open_labels(settings) as store:
        sets = list_label_sets(store)
    lines = [
        f"{known.name}  {known.num_clips:,} clips, {describe_rule(known.rule)}, "
        f"corrects {known.parent or 'the tables'}"
        for known in sets
    ]
    print_result(options, [_describe(known) for known in sets], "\n".join(lines) or "No label set yet")
    return OK


def _make(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import create_label_set, resolve

    rule = _rule(options)
    catalogue = read_clips(settings)[1]
    with open_labels(settings) as store:
        resolved = resolve(store.decisions(), catalogue, rule)
        made = create_label_set(store, options.name, resolved, rule=rule, parent=options.corrects)
    text = f"Label set '{made.name}' holds the labels of {made.num_clips:,} clips"
    if made.name != options.name:
        text = f"Label set '{made.name}' has these same labels already, so none was made"
    print_result(options, _describe(made), text)
    return OK


def _rule(options: argparse.Namespace) -> "Rule":
    from fsat_core.labels import AgreementRule, LatestRule

    if options.agree is None:
        return LatestRule(options.annotator, options.adjudicator)
    if options.annotator is not None:
        raise ConfigError(
            f"--agree {options.agree} --annotator {options.annotator}: expected one of them, for agreement "
            "is not one annotator's. Leave one out."
        )
    return AgreementRule(options.agree, options.adjudicator)


def _diff(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import diff_label_sets, load_label_set

    with open_labels(settings) as store:
        after = load_label_set(store, options.name)
        if options.since is not None:
            before = load_label_set(store, options.since)
        else:
            before = read_clips(settings)[1][["clip_id", "labels"]]
            before = before[before["labels"] != ""]
    rows = json_rows(diff_label_sets(before, after))
    lines = [f"{row['clip_id']}  {row['labels_a'] or '-'} -> {row['labels_b'] or '-'}" for row in rows]
    print_result(options, rows, "\n".join(lines) or "No label differs")
    return OK


def _describe(known: "LabelSet") -> dict[str, Any]:
    from fsat_core.labels.resolve import rule_to_json

    return vars(known) | {"created_at": known.created_at.isoformat(), "rule": rule_to_json(known.rule)}
