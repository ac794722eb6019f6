"""The commands labels import, labels export and labels agreement."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import login_name, open_labels, read_clips
from fsat_core.cli.output import json_rows, print_result, warn
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings
from fsat_core.text import counted

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.labels import LabelImport, LabelStore


def add_commands(labels: Commands) -> None:
    """Add them."""
    take_in = labels.add("import", _import, "Take labels from a file as decisions", data=True, runs=True)
    take_in.add_argument("file", type=Path, metavar="FILE", help=".csv or .json")
    take_in.add_argument("--annotator", metavar="NAME", help="who decides so (default: your login name)")
    take_in.add_argument(
        "--skip-unknown", action="store_true", help="leave out clips and classes that are not known"
    )

    take_in.add_argument(
        "--changes-only", action="store_true", help="do not keep labels that clips have already as accepted"
    )
    take_in.add_argument("--dry-run", action="store_true", help="only list what would change")

    export = labels.add("export", _export, "Write labels to a file", data=True, runs=True)
    export.add_argument("file", type=Path, metavar="FILE", help=".csv or .json")
    export.add_argument("--split", choices=("curated", "noisy", "test"), help="only this one (default: all)")
    export.add_argument(
        "--details",
        action="store_true",
        help="each decision with who, when and from which queue, a row each, not labels",
    )
    whose = export.add_mutually_exclusive_group()
    whose.add_argument("--label-set", metavar="NAME", help="this label set, not the labels of now")
    whose.add_argument("--annotator", metavar="NAME", help="only by this one's decisions")

    agreement = labels.add("agreement", _agreement, "How far annotators agree", data=True, runs=True)
    agreement.add_argument("--annotator", metavar="NAME", help="only pairs with this one")


def _import(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import UnknownNamesError, read_import
    from fsat_core.labels.negatives import write_labels

    annotator = options.annotator or login_name()
    dataset, catalogue = read_clips(settings)
    with open_labels(settings) as store:
        labels = _current(store, catalogue)
        try:
            known = set(store.decisions()["token"])
            found = read_import(
                options.file, labels, dataset.classes, skip_unknown=options.skip_unknown, known=known
            )
        except UnknownNamesError as error:
            # All of them; the one line of the error itself has no room for more than some.
            for name in (*error.unknown_clips, *error.unknown_classes):
                if f"'{name}'" not in str(error):
                    print(f"unknown: {name}", file=sys.stderr)
            raise
        so_far = None if options.changes_only else store.decisions()
        accepted = None if so_far is None else found.accepted(annotator, so_far)
        num_stored = 0 if options.dry_run else len(store.add_many(found.decisions(annotator, so_far)))
    for line in found.warnings:
        warn(line)
    for clip_id in found.ambiguous:
        warn(f"taken for {clip_id}, whose file name other splits have too")
    value = _describe_import(found, annotator, 0 if accepted is None else len(accepted))
    agree = "{num_accepted:,} accepted as they are, {num_unchanged:,} as decided before".format(**value)
    lines = [f"{num_stored:,} decisions of {annotator} stored: {len(found.rows):,} changes, {agree}"]
    if found.of_decisions:
        lines = [f"{num_stored:,} decisions stored, {found.unchanged:,} were there already"]
    if options.dry_run:
        value["changes"] = json_rows(found.rows)
        lines = [f"{len(found.rows):,} clips would change, {agree}"]
        lines += [
            f"  {row['clip_id']}  {row['previous_labels']} -> "
            f"{write_labels(row['labels'], row['denied']) or row['action']}"
            for row in value["changes"]
        ]
    print_result(options, value, "\n".join([*lines, *_say_skipped(found)]))
    return OK


def _describe_import(found: "LabelImport", annotator: str, num_accepted: int) -> dict[str, Any]:
    return {
        "annotator": annotator,
        "num_relabelled": int((found.rows["action"] == "relabel").sum()),
        "num_removed": int((found.rows["action"] == "remove").sum()),
        "num_accepted": num_accepted + int((found.rows["action"] == "accept").sum()),
        "num_unchanged": found.unchanged - num_accepted,
        "unknown_clips": list(found.unknown_clips),
        "unknown_classes": list(found.unknown_classes),
        "ambiguous": list(found.ambiguous),
        "warnings": list(found.warnings),
    }


def _say_skipped(found: "LabelImport") -> list[str]:
    return [
        f"Skipped {counted(len(names), f'unknown {what}')}: {', '.join(names)}"
        for names, what in ((found.unknown_clips, "clip"), (found.unknown_classes, "class"))
        if names
    ]


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset.clip_ids import split_of
    from fsat_core.labels import export_labels, load_label_set, view_label_set
    from fsat_core.labels.negatives import written_labels

    if options.file.resolve().is_relative_to(settings.data_dir.resolve()):
        raise ConfigError(
            f"{options.file} is in the data folder: expected another place, for that folder is never written "
            "to. Choose one."
        )
    if options.details and options.label_set:
        raise ConfigError(
            f"--details --label-set {options.label_set}: expected one of them, for a label set has no "
            "decisions. Leave one out."
        )
    catalogue = read_clips(settings)[1]
    if options.details:
        return _export_details(options, settings, catalogue)
    with open_labels(settings) as store:
        if options.label_set:
            labels = view_label_set(load_label_set(store, options.label_set), catalogue)
        else:
            labels = _current(store, catalogue, options.annotator)
    export_labels(options.file, labels, options.split)
    if options.split:
        labels = labels[labels["clip_id"].map(split_of) == options.split]
    removed = labels["status"] == "removed"
    value = {
        "out": str(options.file),
        "num_clips": int((~removed & (written_labels(labels) != "")).sum()),
        "num_removed": int(removed.sum()),
        "num_relabelled": int((labels["status"] == "relabelled").sum()),
    }
    text = "{num_clips:,} clips in {out}, {num_relabelled:,} of them relabelled; {num_removed:,} removed"
    print_result(options, value, text.format(**value))
    return OK


def _export_details(options: argparse.Namespace, settings: Settings, catalogue: "pd.DataFrame") -> int:
    from fsat_core.labels import LatestRule, decisions_of, resolve, standing
    from fsat_core.labels.exchange import format_details, write_export

    with open_labels(settings) as store:
        decisions = store.decisions()
    if options.annotator:
        decisions = decisions_of(decisions, options.annotator)
    resolved = resolve(decisions, catalogue, LatestRule())
    write_export(options.file, format_details(decisions, resolved, options.file.suffix, options.split))
    inside = resolved["clip_id"]
    if options.split:
        inside = inside[inside.str.startswith(f"{options.split}/")]
    num = int(standing(decisions)["clip_id"].isin(inside).sum())
    value = {"out": str(options.file), "num_decisions": num}
    print_result(options, value, f"{num:,} decisions in {options.file}")
    return OK


def _current(store: "LabelStore", catalogue: "pd.DataFrame", annotator: str | None = None) -> "pd.DataFrame":
    from fsat_core.labels import LatestRule, resolve

    return resolve(store.decisions(), catalogue, LatestRule(annotator))


def _agreement(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import agreement_per_class, agreement_table, disputes

    with open_labels(settings) as store:
        decisions = store.decisions()
    pairs, classes = agreement_table(decisions), agreement_per_class(decisions)
    if options.annotator:
        pairs, classes = (_with(table, options.annotator) for table in (pairs, classes))
    num_disputes = int(disputes(decisions)["clip_id"].nunique())
    value = {"pairs": json_rows(pairs), "classes": json_rows(classes), "num_disputes": num_disputes}
    lines = [
        "{annotator_a} and {annotator_b}: {num_clips:,} clips, {agreed:.0%} alike".format(**row) + _kappa(row)
        for row in json_rows(pairs)
    ]
    lines += [
        "  {label:30} {annotator_a} {num_a:,}, {annotator_b} {num_b:,}".format(**row) + _kappa(row)
        for row in json_rows(classes)
    ]
    lines.append(f"{num_disputes:,} clips are disputed" if len(pairs) else "No two annotators share a clip")
    print_result(options, value, "\n".join(lines))
    return OK


def _with(table: "pd.DataFrame", annotator: str) -> "pd.DataFrame":
    return table[(table["annotator_a"] == annotator) | (table["annotator_b"] == annotator)]


def _kappa(row: dict[str, Any]) -> str:
    return ", kappa undefined" if row["kappa"] is None else f", kappa {row['kappa']:.2f}"
