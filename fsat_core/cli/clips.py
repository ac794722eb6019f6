"""The command clips."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands, add_top, num_shown, read_day
from fsat_core.cli.opened import add_whose, login_name, open_labels, read_catalogue, read_labels
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import ConfigError
from fsat_core.listing import ABNORMAL, LABEL_KINDS, ORDERS, SHOW_CHOICES, STATUS_CHOICES, UNDECIDED
from fsat_core.settings import Settings
from fsat_core.text import readable

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.dataset.filters import Filters

_SHOWN = 20


def add_commands(commands: Commands) -> None:
    """Add it."""
    clips = commands.add("clips", _clips, "List clips: those of abnormal length, or as filtered", data=True)
    clips.add_argument(
        "--show",
        choices=SHOW_CHOICES,
        help="by length (default: abnormal; all with any of the filters below)",
    )
    clips.add_argument("--split", action="append", default=[], choices=("curated", "noisy", "test"))
    clips.add_argument("--label", metavar="CLASS", help="with this label, alone or among others")
    clips.add_argument("--also", metavar="CLASS", help="with this label, too")
    clips.add_argument("--num-labels", type=int, metavar="N", help="of so many labels; 0: not known")
    clips.add_argument("--labels", choices=LABEL_KINDS, default="all", help="how many labels")
    clips.add_argument(
        "--find", type=readable, default="", metavar="TEXT", help="with this text in the file name"
    )
    clips.add_argument("--min-s", type=float, metavar="S", help="of at least this many seconds")
    clips.add_argument("--max-s", type=float, metavar="S")
    clips.add_argument("--min-frames", type=int, metavar="N")
    clips.add_argument("--max-frames", type=int, metavar="N")
    clips.add_argument(
        "--long-s", type=float, metavar="S", help="what lasts longer is long (default: 2,500,000 / 44,100)"
    )
    clips.add_argument("--short-s", type=float, metavar="S", help="what lasts less is short (default: 0.4)")
    clips.add_argument(
        "--status", action="append", default=[], choices=STATUS_CHOICES, help="of which this was decided"
    )
    clips.add_argument("--by", metavar="NAME", help="only what this annotator decided (default: everybody)")
    clips.add_argument(
        "--since", type=read_day, metavar="DAY", help="decided on this day (UTC) or later, such as 2026-01-31"
    )
    add_whose(clips)
    clips.add_argument("--order", choices=ORDERS, default="longest", metavar="ORDER", help=", ".join(ORDERS))
    clips.add_argument(
        "--ids", action="store_true", help="print clip ids alone, of all (for queues make --clips)"
    )
    add_top(clips, _SHOWN, "clips")


def _clips(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset.lengths import abnormal_lengths, describe_abnormal
    from fsat_core.labels.truth import with_labels

    dataset, catalogue = read_catalogue(settings)
    labels = read_labels(options, settings, catalogue)
    for option, name in (("--label", options.label), ("--also", options.also)):
        if name is not None and name not in dataset.classes:
            raise ConfigError(
                f"{option} {name}: expected one of the {len(dataset.classes)} classes of the data set. "
                "Correct the name."
            )
    filters = _filters(options)
    if filters.status or filters.by or filters.since or filters.order in ("status", "latest"):
        catalogue = _with_decisions(catalogue, options, settings)
    if labels is not None:
        catalogue = with_labels(catalogue, labels)
    marks = abnormal_lengths(catalogue, filters.long_s, filters.short_s)
    positions = filters.select(catalogue, marks)
    rows, marks = catalogue.iloc[positions], marks.iloc[positions]
    if options.ids:
        print_result(options, rows["clip_id"].tolist(), "\n".join(rows["clip_id"]))
        return OK
    shown = slice(num_shown(options, _SHOWN))
    notes = describe_abnormal(rows[shown], marks[shown])
    lines = [f"{len(rows):,} of {len(catalogue):,} clips"]
    lines += [
        "  ".join(filter(None, [row.clip_id, f"{row.duration_s:.3f} s", row.labels, note, _decision(row)]))
        for row, note in zip(rows[shown].itertuples(), notes, strict=True)
    ]
    print_result(options, json_rows(rows[shown].join(marks[shown])), "\n".join(lines))
    return OK


def _filters(options: argparse.Namespace) -> "Filters":
    """What the options ask for."""
    from fsat_core.dataset.filters import Filters
    from fsat_core.dataset.lengths import LONG_S, SHORT_S

    filters = Filters(
        short_s=SHORT_S if options.short_s is None else options.short_s,
        long_s=LONG_S if options.long_s is None else options.long_s,
        split=options.split,
        label=options.label,
        also=options.also,
        labels=options.labels,
        num_labels=options.num_labels,
        min_s=options.min_s,
        max_s=options.max_s,
        min_frames=options.min_frames,
        max_frames=options.max_frames,
        find=options.find,
        status=options.status,
        by=options.by,
        since=options.since,
        order=options.order,
    )
    return replace(filters, show=options.show or ("all" if filters.narrows else ABNORMAL))


def _with_decisions(
    catalogue: "pd.DataFrame", options: argparse.Namespace, settings: Settings
) -> "pd.DataFrame":
    """The catalogue with what was decided on each clip."""
    from fsat_core.labels.truth import MINE, TABLES, TRUTHS, decided, rule_of

    truth, who = options.whose if options.whose in TRUTHS else TABLES, options.by
    if who is None and truth == MINE:
        who = options.annotator or login_name()
    with open_labels(settings) as store:
        found = decided(store.decisions(), catalogue, rule_of(MINE if who else truth, who or ""))
    return catalogue.assign(**{str(name): found[name].to_numpy() for name in found})


def _decision(row: Any) -> str:
    status = getattr(row, "status", UNDECIDED)
    return "" if status == UNDECIDED else f"{status} by {row.decided_by}"
