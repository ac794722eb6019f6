"""Commands about labels: labels import, labels export, labels agreement, suspects."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, AddCommand, print_result
from fsat_core.cli.dataset import read_catalogue
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.labels import LabelImport, LabelStore

_SHOWN_SUSPECTS = 20


def add_commands(add: AddCommand) -> None:
    """Add them to the parser."""
    labels = add(
        "labels", _labels, "Labels from a file, to a file, and how far annotators agree", data=True, runs=True
    )
    labels.add_argument("what", choices=("import", "export", "agreement"))
    labels.add_argument("file", nargs="?", type=Path, metavar="FILE", help=".csv or .json; not for agreement")
    labels.add_argument("--label-set", metavar="NAME", help="export: this label set, not the labels of now")
    labels.add_argument(
        "--annotator",
        metavar="NAME",
        help="import: who decides so (default: your login name); export and agreement: only this one's "
        "decisions, or pairs",
    )
    labels.add_argument(
        "--skip-unknown", action="store_true", help="import: leave out clips and classes that are not known"
    )

    suspects = add("suspects", _suspects, "List the clips whose label a run finds least likely", runs=True)
    suspects.add_argument("--run", required=True, dest="run_id", metavar="RUN_ID")
    suspects.add_argument(
        "--top",
        type=int,
        metavar="N",
        help=f"clips to list, 0 for all (default: {_SHOWN_SUSPECTS}; with --json all)",
    )


def _labels(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import LabelStore

    _check(options, settings)
    work = {"import": _import, "export": _export, "agreement": _agreement}[options.what]
    with LabelStore.open(settings.database_url, on_wait=lambda line: print(line, file=sys.stderr)) as store:
        return work(options, settings, store)


def _check(options: argparse.Namespace, settings: Settings) -> None:
    if (options.file is None) != (options.what == "agreement"):
        given, expected = ("a FILE", "none") if options.file else ("no FILE", "one, .csv or .json")
        raise ConfigError(f"labels {options.what} with {given}: expected {expected}. Correct the call.")
    for name, where in (("label_set", "export"), ("skip_unknown", "import")):
        if getattr(options, name) and options.what != where:
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(f"labels {options.what} {option}: expected it with {where} only. Leave it out.")
    if options.label_set and options.annotator:
        raise ConfigError(
            f"--label-set {options.label_set} --annotator {options.annotator}: expected one of them, for a "
            "label set is not one annotator's. Leave one out."
        )
    if options.what == "export" and options.file.resolve().is_relative_to(settings.data_dir.resolve()):
        raise ConfigError(
            f"{options.file} is in the data folder: expected another place, for that folder is never written "
            "to. Choose one."
        )


def _import(options: argparse.Namespace, settings: Settings, store: "LabelStore") -> int:
    from fsat_core.labels import UnknownNamesError, read_import

    dataset, catalogue = read_catalogue(settings)
    labels = _current(store, catalogue)
    annotator = options.annotator or _login_name()
    try:
        found = read_import(options.file, labels, dataset.classes, skip_unknown=options.skip_unknown)
    except UnknownNamesError as error:
        # All of them; the one line of the error itself has no room for more than some.
        for name in (*error.unknown_clips, *error.unknown_classes):
            if f"'{name}'" not in str(error):
                print(f"unknown: {name}", file=sys.stderr)
        raise
    num_stored = len(store.add_many(found.decisions(annotator)))
    for clip_id in found.ambiguous:
        print(f"fsat_core: taken for {clip_id}, whose file name other splits have too", file=sys.stderr)
    print_result(options, _describe_import(found, annotator), _say_import(found, num_stored, annotator))
    return OK


def _describe_import(found: "LabelImport", annotator: str) -> dict[str, Any]:
    return {
        "annotator": annotator,
        "num_relabelled": int((found.rows["action"] == "relabel").sum()),
        "num_removed": int((found.rows["action"] == "remove").sum()),
        "num_unchanged": found.unchanged,
        "unknown_clips": list(found.unknown_clips),
        "unknown_classes": list(found.unknown_classes),
        "ambiguous": list(found.ambiguous),
    }


def _say_import(found: "LabelImport", num_stored: int, annotator: str) -> str:
    skipped = [
        f"Skipped {len(names):,} unknown {what}: {', '.join(names)}"
        for names, what in ((found.unknown_clips, "clip(s)"), (found.unknown_classes, "class(es)"))
        if names
    ]
    lines = [f"{num_stored:,} decisions of {annotator} stored, {found.unchanged:,} clips had these labels"]
    return "\n".join([*lines, *skipped])


def _export(options: argparse.Namespace, settings: Settings, store: "LabelStore") -> int:
    from fsat_core.labels import export_labels, load_label_set, view_label_set

    catalogue = read_catalogue(settings)[1]
    if options.label_set:
        labels = view_label_set(load_label_set(store, options.label_set), catalogue)
    else:
        labels = _current(store, catalogue, options.annotator)
    export_labels(options.file, labels)
    removed = labels["status"] == "removed"
    value = {
        "out": str(options.file),
        "num_clips": int((~removed & (labels["labels"] != "")).sum()),
        "num_removed": int(removed.sum()),
        "num_relabelled": int((labels["status"] == "relabelled").sum()),
    }
    text = "{num_clips:,} clips in {out}, {num_relabelled:,} of them relabelled; {num_removed:,} removed"
    print_result(options, value, text.format(**value))
    return OK


def _current(store: "LabelStore", catalogue: "pd.DataFrame", annotator: str | None = None) -> "pd.DataFrame":
    from fsat_core.labels import LatestRule, resolve

    return resolve(store.decisions(), catalogue, LatestRule(annotator))


def _agreement(options: argparse.Namespace, settings: Settings, store: "LabelStore") -> int:
    from fsat_core.labels import agreement_per_class, agreement_table, disputes

    decisions = store.decisions()
    pairs, classes = agreement_table(decisions), agreement_per_class(decisions)
    if options.annotator:
        pairs, classes = (_with(table, options.annotator) for table in (pairs, classes))
    num_disputes = int(disputes(decisions)["clip_id"].nunique())
    value = {"pairs": _rows(pairs), "classes": _rows(classes), "num_disputes": num_disputes}
    lines = [
        "{annotator_a} and {annotator_b}: {num_clips:,} clips, {agreed:.0%} alike".format(**row) + _kappa(row)
        for row in _rows(pairs)
    ]
    lines += [
        "  {label:30} {annotator_a} {num_a:,}, {annotator_b} {num_b:,}".format(**row) + _kappa(row)
        for row in _rows(classes)
    ]
    lines.append(f"{num_disputes:,} clips are disputed" if len(pairs) else "No two annotators share a clip")
    print_result(options, value, "\n".join(lines))
    return OK


def _with(table: "pd.DataFrame", annotator: str) -> "pd.DataFrame":
    return table[(table["annotator_a"] == annotator) | (table["annotator_b"] == annotator)]


def _rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as JSON can hold them: None for NaN."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _kappa(row: dict[str, Any]) -> str:
    return ", kappa undefined" if row["kappa"] is None else f", kappa {row['kappa']:.2f}"


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError(
            "No login name to import under: expected one, or --annotator NAME. Give a name."
        ) from error


def _suspects(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation.label_quality import rank
    from fsat_core.runs import find_run

    top = (0 if options.json else _SHOWN_SUSPECTS) if options.top is None else options.top
    if top < 0:
        raise ConfigError(f"--top {top}: expected 0 (all) or more. Correct the number.")
    ranked = rank(find_run(settings.runs_dir, options.run_id))
    rows = ranked.head(top or len(ranked))[["clip_id", "labels", "score", "suggested"]].to_dict("records")
    lines = [f"{row['clip_id']}  {row['score']:.3f}  {row['labels']} -> {row['suggested']}" for row in rows]
    print_result(options, rows, "\n".join(lines))
    return OK
