"""The kinds of queues: what each is called, how its order comes about, and what it is made from."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from fsat_core.labels.queues import by_catalogue, by_ear, by_recording, by_run
from fsat_core.labels.queues.request import QueueRequest
from fsat_core.runs.run import Run


@dataclass(frozen=True)
class QueueKind:
    """A kind of queue.

    Parameters
    ----------
    title, explanation : str
        Shown to people.
    order : callable, optional
        Gives the columns `clip_id, reason`, without a run.
    order_by_run : callable, optional
        Gives the columns `clip_id, reason, suggested` by a run's predictions. A kind that has no other order
        needs a run.
    needs : frozenset of str
        What else it cannot do without: `label`, `deep` (the columns of the deep scan), `decisions`, `clips`
        (a list of clips, which another page sends), `heard` (what YAMNet hears in all clips).
    worst_first : bool
        Whether many clips accepted in a row say that the rest is probably right too. Of a kind that takes a
        run, only where it has one.
    takes_label : bool
        Whether it can be of one class alone.
    repeats : bool
        Whether it also has the clips that its maker has decided on before.
    names_labels : bool
        Whether its reasons say what other clips are labelled with: some of that others may have decided.

    Raises
    ------
    ValueError
        If it has no order at all.
    """

    title: str
    explanation: str
    order: Callable[[QueueRequest], pd.DataFrame] | None = None
    order_by_run: Callable[[QueueRequest, Run], pd.DataFrame] | None = None
    needs: frozenset[str] = frozenset()
    worst_first: bool = False
    takes_label: bool = True
    repeats: bool = False
    names_labels: bool = False

    def __post_init__(self) -> None:
        if self.order is None and self.order_by_run is None:
            raise ValueError(f"Queue kind '{self.title}' has no order: expected one, by a run or without.")

    @property
    def needs_run(self) -> bool:
        """Whether only a run's predictions give its order."""
        return self.order is None

    @property
    def takes_run(self) -> bool:
        """Whether a run's predictions can give its order."""
        return self.order_by_run is not None


_DEEP, _HEARD = frozenset({"deep"}), frozenset({"heard"})
KINDS: dict[str, QueueKind] = {
    "suspect": QueueKind(
        "Most suspect",
        "Clips whose label a network that did not train on them finds least likely beside the class that it "
        "finds likeliest, most suspect first.",
        order_by_run=by_run.suspect,
        worst_first=True,
    ),
    "noisy": QueueKind(
        "Noisy clips of a class",
        "Clips of the noisy part with this label. With a run, those that it finds most suspect come first.",
        order=by_catalogue.noisy,
        order_by_run=by_run.noisy,
        needs=frozenset({"label"}),
        worst_first=True,
    ),
    "multi_label": QueueKind(
        "Candidates for several labels",
        "Clips whose label is not in doubt, but where a second class is as likely as it usually is in clips "
        "that are labelled with it; the likeliest first.",
        order_by_run=by_run.multi_label,
        worst_first=True,
    ),
    "disagreement": QueueKind(
        "Most disagreement",
        "Clips on which networks differ most: the folds of one run on its test clips, or several runs out of "
        "fold.",
        order_by_run=by_run.disagreement,
    ),
    "disputes": QueueKind(
        "Disputes",
        "Clips on which annotators differ, the latest dispute first.",
        order=by_catalogue.disputed,
        needs=frozenset({"decisions"}),
        repeats=True,
    ),
    "decided": QueueKind(
        "Decided before",
        "Clips on which something was decided, to listen again; the latest decision first.",
        order=by_catalogue.decided_before,
        needs=frozenset({"decisions"}),
        repeats=True,
    ),
    "abnormal_length": QueueKind(
        "Abnormal length",
        "Very long clips, longest first; very short ones, shortest first; and clips that share their exact "
        "length with more others than chance explains.",
        order=by_catalogue.abnormal_length,
    ),
    "cold_start": QueueKind(
        "What to label next",
        "Clips without a label, by what YAMNet hears: up to the twentieth label those that stand for most "
        "others, from then on those between two classes. Made anew, it goes by all that is known by then.",
        order=by_ear.cold_start,
        needs=_HEARD,
        takes_label=False,
    ),
    "suspect_by_ear": QueueKind(
        "Most suspect by ear",
        "Clips whose label is least likely by what YAMNet hears and all other labelled clips teach, most "
        "suspect first; before anything is trained.",
        order=by_ear.suspect,
        needs=_HEARD,
        worst_first=True,
    ),
    "odd_ones": QueueKind(
        "Odd ones of a class",
        "Clips that sound least like the others of their class, by what YAMNet hears, the oddest first.",
        order=by_ear.odd_ones,
        needs=_HEARD,
        worst_first=True,
    ),
    "spread": QueueKind(
        "Spread over a class",
        "Clips that each stand for most others, by what YAMNet hears, so that few of them show all that a "
        "class, or the whole set, sounds like.",
        order=by_ear.spread,
        needs=_HEARD,
    ),
    "silence": QueueKind(
        "Silence",
        "Clips of which at least half is below -60 dBFS, most silence first.",
        order=by_catalogue.silence,
        needs=_DEEP,
        worst_first=True,
    ),
    "clipping": QueueKind(
        "Clipping",
        "Clips with three or more samples in a row at full scale or at their own peak, most clipping first.",
        order=by_catalogue.clipping,
        needs=_DEEP,
        worst_first=True,
    ),
    "duplicates": QueueKind(
        "Exact duplicates",
        "Clips with the same samples, one group after the other; groups with different labels come first.",
        order=by_catalogue.duplicates,
        needs=_DEEP,
        names_labels=True,
    ),
    "near_duplicates": QueueKind(
        "Near-duplicates",
        "Clips of one recording, also at another level, cut, resampled or compressed, one recording after "
        "the other; those with different labels come first.",
        order=by_recording.near_duplicates,
        needs=_HEARD,
        names_labels=True,
    ),
    "random": QueueKind(
        "Random sample",
        "Labelled clips in random order: a fair sample of the whole set.",
        order=by_catalogue.shuffled,
    ),
    "filter": QueueKind(
        "Chosen clips",
        "The clips that were listed on the Clips page, in the same order.",
        order=by_catalogue.as_given,
        needs=frozenset({"clips"}),
        repeats=True,
    ),
    "judged": QueueKind(
        "Sent from Evaluate",
        "The clips that were listed on Evaluate or Classes, in the same order, with what the run hears.",
        order=by_catalogue.as_given,
        order_by_run=by_run.as_judged,
        needs=frozenset({"clips"}),
        worst_first=True,
        repeats=True,
    ),
    "sent": QueueKind(
        "Sent from Predict",
        "The clips that were sent from the Predict page, in the same order.",
        order=by_catalogue.as_given,
        needs=frozenset({"clips"}),
        repeats=True,
    ),
    "similar": QueueKind(
        "Similar clips",
        "A clip and those that sound most like it, or clips that lie together on the map of Explore.",
        order=by_catalogue.as_given,
        needs=frozenset({"clips"}),
        repeats=True,
    ),
}
