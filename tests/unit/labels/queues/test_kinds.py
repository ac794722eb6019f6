"""The table of kinds."""

import pytest

from fsat_core.labels.queues.kinds import KINDS, QueueKind


def test_a_kind_without_an_order_cannot_be() -> None:
    with pytest.raises(ValueError, match="Queue kind 'Best' has no order"):
        QueueKind("Best", "The best clips.")


def test_names_of_kinds_stay() -> None:
    """They are in the queues that people have saved."""
    assert set(KINDS) == {
        *("suspect", "noisy", "multi_label", "disagreement", "disputes", "abnormal_length"),
        *("silence", "clipping", "duplicates", "random", "filter", "judged", "sent", "similar", "decided"),
        *("cold_start", "suspect_by_ear", "odd_ones", "spread", "near_duplicates"),
    }


def test_which_kinds_take_a_run() -> None:
    assert {name for name, kind in KINDS.items() if kind.needs_run} == {
        "suspect",
        "multi_label",
        "disagreement",
    }
    assert {name for name, kind in KINDS.items() if kind.takes_run and not kind.needs_run} == {
        *("noisy", "judged")
    }
