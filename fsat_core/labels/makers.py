"""Who made a label set, and how: what a model card says of the labels of a run."""

from collections.abc import Iterable

from fsat_core.labels.label_sets import list_label_sets
from fsat_core.labels.resolve import latest_verdicts
from fsat_core.labels.store import NO_DECISIONS, LabelStore
from fsat_core.text import counted, list_some

_SHOWN = 10


def describe_label_sets(store: LabelStore, names: Iterable[str]) -> dict[str, str]:
    """A few words on each of these label sets that the database has, by its name.

    They say when it was made, and on how many clips each annotator had decided by then.
    """
    wanted = set(names)
    found = {known.name: known for known in list_label_sets(store) if known.name in wanted}
    decisions = store.decisions() if found else NO_DECISIONS
    described = {}
    for name, known in found.items():
        by_then = latest_verdicts(decisions[decisions["created_at"] <= known.created_at])
        counts = by_then["annotator"].value_counts()
        people = list_some([f"{who} on {counted(num, 'clip')}" for who, num in counts.items()], _SHOWN)
        decided = f"decided by {people}" if len(counts) else "without a decision"
        described[name] = (
            f"{counted(known.num_clips, 'clip')}, made {known.created_at:%Y-%m-%d}, {decided}; the others as "
            "in the tables"
        )
    return described
