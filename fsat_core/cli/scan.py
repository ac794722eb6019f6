"""The command scan."""

import argparse

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import add_executor, read_catalogue, read_workplace
from fsat_core.cli.output import print_result, show_progress
from fsat_core.settings import Settings

_WARNINGS = 10  # that are shown


def add_commands(commands: Commands) -> None:
    """Add it."""
    scan = commands.add("scan", _scan, "Read all headers of a data set and count its clips", data=True)
    scan.add_argument(
        "--deep", action="store_true", help="also decode all clips: find silence, clipping and duplicates"
    )
    add_executor(scan)


def _scan(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import deep_scan
    from fsat_core.dataset.catalogue import hold_catalogue
    from fsat_core.dataset.content_scan import summarise_deep
    from fsat_core.dataset.statistics import summarise

    workplace = read_workplace(options, settings)
    dataset, catalogue = read_catalogue(settings, workplace)
    if options.deep:
        with show_progress("Decoding clips") as progress:
            measured = deep_scan(
                dataset, catalogue.frame(), settings.cache_dir, progress, workplace=workplace
            )
        catalogue = hold_catalogue(measured)  # it says of more clips what is wrong with them
    summary = summarise(catalogue) | {"warnings": list(dataset.warnings)}
    lines = [f"{summary['num_clips']:,} clips, {summary['num_errors']:,} unreadable"]
    odd = catalogue.filter("warning <> ''").frame(["clip_id", "warning"], most=_WARNINGS)
    lines += [f"  {row.clip_id}: {row.warning}" for row in odd.itertuples()]
    if summary["num_warnings"] > _WARNINGS:
        lines.append(
            f"  and {summary['num_warnings'] - _WARNINGS:,} more that are read with a warning; see the page "
            "Clips"
        )
    for split, counts in summary["splits"].items():
        lines.append(
            f"  {split:8} {counts['num_clips']:7,} clips, {counts['num_label_strings']:,} label strings, "
            f"{counts['num_classes']} classes, {counts['num_single_label']:,} with one label"
        )
    if options.deep:
        deep = summary["deep"] = summarise_deep(measured)
        lines.append(
            f"  samples  {deep['num_silent']:7,} silent, {deep['num_clipped']:,} clipped, "
            f"{deep['num_duplicates']:,} with the sound of another clip"
        )
    print_result(options, summary, "\n".join(lines))
    return OK
