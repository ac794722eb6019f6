"""The command clips."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands, add_top, num_shown, read_day
from fsat_core.cli.opened import add_whose, login_name, open_labels, read_catalogue, read_labels
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import ConfigError
from fsat_core.listing import ABNORMAL, LABEL_KINDS, ORDERS, SHOW_CHOICES, STATUS_CHOICES
from fsat_core.settings import Settings
from fsat_core.text import readable

if TYPE_CHECKING:
    from fsat_core.dataset import Catalogue
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

    dataset, catalogue = read_catalogue(settings)
    labels = read_labels(options, settings, catalogue)
    for option, name in (("--label", options.label), ("--also", options.also)):
        if name is not None and name not in dataset.classes:
            raise ConfigError(
                f"{option} {name}: expected one of the {len(dataset.classes)} classes of the data set. "
                "Correct the name."
            )
    filters = _filters(options)
    clips = catalogue if labels is None else labels.clips
    if filters.status or filters.by or filters.since or filters.order in ("status", "latest"):
        clips = _with_decisions(clips, catalogue, options, settings)
    found = filters.select(clips)
    if options.ids:
        ids = found.frame(["clip_id"])["clip_id"]
        print_result(options, ids.tolist(), "\n".join(ids))
        return OK
    columns = [name for name in found.columns if name != "is_removed"]
    rows = found.frame(columns, most=num_shown(options, _SHOWN))
    marks = abnormal_lengths(rows, filters.long_s, filters.short_s)
    lines = [f"{len(found):,} of {len(catalogue):,} clips"]
    lines += [
        "  ".join(filter(None, [row.clip_id, f"{row.duration_s:.3f} s", row.labels, note, _decision(row)]))
        for row, note in zip(rows.itertuples(), describe_abnormal(rows, marks), strict=True)
    ]
    print_result(options, json_rows(rows.assign(long=marks["long"], short=marks["short"])), "\n".join(lines))
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
    clips: "Catalogue", catalogue: "Catalogue", options: argparse.Namespace, settings: Settings
) -> "Catalogue":
    """The same clips with what was decided on each, by the labels of the catalogue."""
    from fsat_core.labels.truth import MINE, TABLES, TRUTHS, decided_among, rule_of, with_decisions

    truth, who = options.whose if options.whose in TRUTHS else TABLES, options.by
    if who is None and truth == MINE:
        who = options.annotator or login_name()
    with open_labels(settings) as store:
        found = decided_among(store.decisions(), catalogue, rule_of(MINE if who else truth, who or ""))
    return with_decisions(clips, found)


def _decision(row: Any) -> str:
    who = getattr(row, "decided_by", "")  # without one, a column `status` is the tables' own
    return f"{row.status} by {who}" if who else ""
