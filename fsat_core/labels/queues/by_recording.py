"""The order of clips of one recording that are no exact duplicates."""

import pandas as pd

from fsat_core.dataset.clip_ids import fname_of, split_of
from fsat_core.dataset.label_text import canonical
from fsat_core.embedding.near_duplicates import group_near_duplicates
from fsat_core.embedding.near_duplicates import near_duplicates as find_near_duplicates
from fsat_core.labels.queues.by_ear import heard_store, in_order
from fsat_core.labels.queues.request import QueueRequest
from fsat_core.text import list_some

_TOGETHER_S = 0.05  # two clips that begin within this begin together
_NAMED = 2  # other clips of a recording that a reason names


def near_duplicates(request: QueueRequest) -> pd.DataFrame:
    """One recording after the other; those whose clips are labelled differently come first."""
    pairs = find_near_duplicates(heard_store(request))
    labels = dict(zip(request.clips["clip_id"], request.clips["labels"], strict=True))
    pairs = pairs[pairs["clip_id"].isin(labels) & pairs["other_id"].isin(labels)]
    verdicts = dict(zip(labels, canonical(request.clips["labels"]), strict=True))
    groups = group_near_duplicates(pairs)
    # A clip without labels contradicts none.
    groups.sort(key=lambda group: len({verdicts[clip_id] for clip_id in group} - {""}) < 2)
    places = _places(pairs)

    def describe(clip_id: str, group: list[str]) -> str:
        others = [other for other in group if other != clip_id]
        others.sort(key=lambda other: (clip_id, other) not in places)  # those that it was compared with
        split = split_of(clip_id)
        names = [
            f"{fname_of(other) if split_of(other) == split else other} "
            f"({labels[other] or 'no label'}{places.get((clip_id, other), '')})"
            for other in others
        ]
        return f"also in {list_some(names, _NAMED)}"  # short: Label shows little more than thirty letters

    order = [(clip_id, describe(clip_id, group)) for group in groups for clip_id in group]
    return in_order([clip_id for clip_id, _ in order], [reason for _, reason in order])


def _places(pairs: pd.DataFrame) -> dict[tuple[str, str], str]:
    """How much later a clip's sound is heard in the other one, in words; "" where both begin together."""
    found = {}
    for clip_id, other_id, later_s in pairs[["clip_id", "other_id", "later_s"]].itertuples(index=False):
        for pair, seconds in (((clip_id, other_id), later_s), ((other_id, clip_id), -later_s)):
            when = f", {abs(seconds):.2f} s {'later' if seconds > 0 else 'earlier'} there"
            found[pair] = when if abs(seconds) > _TOGETHER_S else ""
    return found
