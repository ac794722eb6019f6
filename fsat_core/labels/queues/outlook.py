"""What is to be expected of the clips of a queue that are left, by those that have been decided on."""

from collections.abc import Sequence
from typing import NamedTuple

from fsat_core.evaluation.scores import share_interval
from fsat_core.text import counted

_RECENT = 50  # clips: the first ones of a queue that begins with the worst say little of its end
_ENOUGH = 12  # before there are this many, nothing is said
_FEW = 0.1  # of what is left: to listen to all of it for so few changes is seldom worth it


class Outlook(NamedTuple):
    """Which share of the clips that are left would be changed.

    Parameters
    ----------
    share, low, high : float
        The share among those that were decided on, and its 95 % interval.
    is_bound : bool
        Whether `high` alone says something, as the clips that are left are right more often than these.
    """

    share: float
    low: float
    high: float
    is_bound: bool

    @property
    def is_clean(self) -> bool:
        """Whether so few would be changed that it is worth stopping."""
        return self.high <= _FEW

    def describe(self, num_left: int) -> str:
        """A sentence."""
        of_these = f"of the {counted(num_left, 'clip')} left"
        if self.is_bound:
            return f"{of_these}, at most about {_percent(self.high)} would be changed"
        between = f"{100 * self.low:.0f} to {_percent(self.high)}"
        return f"{of_these}, about {_percent(self.share)} ({between}) would be changed"


def look_ahead(is_kept: Sequence[bool], is_worst_first: bool) -> Outlook | None:
    """What the clips that were decided on say of those that follow; None before there are enough.

    Parameters
    ----------
    is_kept : sequence of bool
        In the order of the queue, whether the label of a clip stayed. Clips about which nobody is sure are
        not among them.
    is_worst_first : bool
        Whether the queue begins with the clips that are wrong most often; else it is a fair sample.
    """
    some = list(is_kept[-_RECENT:] if is_worst_first else is_kept)
    if len(some) < _ENOUGH:
        return None
    share = some.count(False) / len(some)
    return Outlook(share, *share_interval(share, len(some)), is_bound=is_worst_first)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
