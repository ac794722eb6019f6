"""The kinds of queues: what each is called, how its order comes about, and what it is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fsat_core.labels.resolve import Rule
from fsat_core.runs.run import Run


@dataclass(frozen=True)
class Kind:
    """A kind of queue.

    Parameters
    ----------
    title, explanation : str
        Shown to people.
    needs : frozenset of str
        What it cannot do without: `run`, `label`, `deep` (the columns of the deep scan), `decisions`,
        `clips` (a list of clips, which another page sends).
    takes : frozenset of str
        What makes it better: `run`.
    worst_first : bool
        Whether many clips accepted in a row say that the rest is probably right too. Of a kind that `takes`
        a run, only where it has one.
    repeats : bool
        Whether it also has the clips that its maker has decided on before.
    """

    title: str
    explanation: str
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    worst_first: bool = False
    repeats: bool = False


@dataclass(frozen=True)
class Request:
    """What a queue is made from; `clips` is the catalogue with the labels that clips have now.

    `run` is None for a kind that neither needs nor takes one.
    """

    clips: pd.DataFrame
    run: Run | None
    others: Sequence[Run]
    decisions: pd.DataFrame | None
    rule: Rule
    clip_ids: Sequence[str]
    seed: int


_RUN, _DEEP = frozenset({"run"}), frozenset({"deep"})
KINDS: dict[str, Kind] = {
    "suspect": Kind(
        "Most suspect",
        "Clips whose label a network that did not train on them finds least likely beside the class that it "
        "finds likeliest, most suspect first.",
        needs=_RUN,
        worst_first=True,
    ),
    "noisy": Kind(
        "Noisy clips of a class",
        "Clips of the noisy part with this label. With a run, those that it finds most suspect come first.",
        needs=frozenset({"label"}),
        takes=_RUN,
        worst_first=True,
    ),
    "multi_label": Kind(
        "Candidates for several labels",
        "Clips whose label is not in doubt, but where a second class is as likely as it usually is in clips "
        "that are labelled with it; the likeliest first.",
        needs=_RUN,
        worst_first=True,
    ),
    "disagreement": Kind(
        "Most disagreement",
        "Clips on which networks differ most: the folds of one run on its test clips, or several runs out of "
        "fold.",
        needs=_RUN,
    ),
    "disputes": Kind(
        "Disputes",
        "Clips on which annotators differ, the latest dispute first.",
        needs=frozenset({"decisions"}),
        repeats=True,
    ),
    "abnormal_length": Kind(
        "Abnormal length",
        "Very long clips, longest first; very short ones, shortest first; and clips that share their exact "
        "length with more others than chance explains.",
    ),
    "silence": Kind(
        "Silence",
        "Clips of which at least half is below -60 dBFS, most silence first.",
        needs=_DEEP,
        worst_first=True,
    ),
    "clipping": Kind(
        "Clipping",
        "Clips with three or more samples in a row at full scale or at their own peak, most clipping first.",
        needs=_DEEP,
        worst_first=True,
    ),
    "duplicates": Kind(
        "Exact duplicates",
        "Clips with the same samples, one group after the other; groups with different labels come first.",
        needs=_DEEP,
    ),
    "random": Kind("Random sample", "Labelled clips in random order: a fair sample of the whole set."),
    "filter": Kind(
        "Chosen clips",
        "The clips that were listed on the Clips page, in the same order.",
        needs=frozenset({"clips"}),
        repeats=True,
    ),
    "sent": Kind(
        "Sent from Predict",
        "The clips that were sent from the Predict page, in the same order.",
        needs=frozenset({"clips"}),
        repeats=True,
    ),
}
