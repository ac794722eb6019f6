"""Commands about the data set: demo, scan."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, AddCommand, print_result, show_progress
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.dataset import Dataset


def add_commands(add: AddCommand) -> None:
    """Add them to the parser."""
    demo = add("demo", _demo, "Write the demo data set")
    demo.add_argument("out", type=Path)
    demo.add_argument("--seed", type=int, default=0)

    scan = add("scan", _scan, "Read all headers of a data set and count its clips", data=True)
    scan.add_argument(
        "--deep", action="store_true", help="also decode all clips: find silence, clipping and duplicates"
    )


def read_catalogue(settings: Settings) -> "tuple[Dataset, pd.DataFrame]":
    """The data set in use and its catalogue; the demo set is written first where no other is configured."""
    from fsat_core.dataset import open_dataset, scan, write_demo

    if settings.uses_demo:
        with show_progress("Writing the demo set") as progress:
            write_demo(settings.demo_dir, progress=progress)
    dataset = open_dataset(settings.data_dir)
    with show_progress("Reading headers") as progress:
        return dataset, scan(dataset, settings.cache_dir, progress)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import open_dataset, write_demo

    with show_progress("Writing clips") as progress:
        write_demo(options.out, options.seed, progress)
    num_clips = len(open_dataset(options.out).table)
    value = {"out": str(options.out), "num_clips": num_clips}
    print_result(options, value, f"{num_clips} clips in {options.out}")
    return OK


def _scan(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import deep_scan, summarise
    from fsat_core.dataset.content_scan import summarise_deep

    dataset, catalogue = read_catalogue(settings)
    if options.deep:
        with show_progress("Decoding clips") as progress:
            catalogue = deep_scan(dataset, catalogue, settings.cache_dir, progress)
    summary = summarise(catalogue)
    lines = [f"{summary['num_clips']:,} clips, {summary['num_errors']:,} unreadable"]
    for split, counts in summary["splits"].items():
        lines.append(
            f"  {split:8} {counts['num_clips']:7,} clips, {counts['num_label_strings']:,} label strings, "
            f"{counts['num_classes']} classes, {counts['num_single_label']:,} with one label"
        )
    if options.deep:
        deep = summary["deep"] = summarise_deep(catalogue)
        lines.append(
            f"  samples  {deep['num_silent']:7,} silent, {deep['num_clipped']:,} clipped, "
            f"{deep['num_duplicates']:,} with the sound of another clip"
        )
    print_result(options, summary, "\n".join(lines))
    return OK
