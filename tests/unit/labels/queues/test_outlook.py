"""What is said of the clips that are left is true of queues whose rest is known."""

import numpy as np
import pytest

from fsat_core.labels.queues.outlook import look_ahead


def test_of_a_fair_sample_the_interval_holds_the_share_nearly_always() -> None:
    rng = np.random.default_rng(0)
    held = []
    for share in (0.02, 0.1, 0.5):
        for _ in range(300):
            outlook = look_ahead((rng.random(120) >= share).tolist(), is_worst_first=False)
            assert outlook is not None
            held.append(outlook.low <= share <= outlook.high)
    assert np.mean(held) > 0.92


def test_of_a_queue_that_begins_with_the_worst_the_bound_is_above_the_rest() -> None:
    """Each clip is wrong less often than the one before."""
    rng = np.random.default_rng(0)
    chances = np.exp(-np.arange(600) / 100)
    held = []
    for _ in range(200):
        is_kept = rng.random(600) >= chances
        for done in (30, 100, 300):
            outlook = look_ahead(is_kept[:done].tolist(), is_worst_first=True)
            assert outlook is not None
            held.append((~is_kept[done:]).mean() <= outlook.high)
    assert np.mean(held) > 0.97


def test_nothing_is_said_of_few() -> None:
    assert look_ahead([True] * 11, is_worst_first=True) is None
    assert look_ahead([True] * 12, is_worst_first=True) is not None


@pytest.mark.parametrize(
    ("is_kept", "worst_first", "text", "is_clean"),
    [
        ([True] * 12, True, "of the 500 clips left, at most about 24 % would be changed", False),
        ([True] * 50, True, "of the 500 clips left, at most about 7 % would be changed", True),
        ([False] * 50 + [True] * 50, True, "of the 500 clips left, at most about 7 % would be changed", True),
        ([False, *[True] * 99], False, "of the 500 clips left, about 1 % (0 to 5 %) would be changed", True),
        ([False] * 20, False, "of the 500 clips left, about 100 % (84 to 100 %) would be changed", False),
    ],
)
def test_what_is_said(is_kept: list[bool], worst_first: bool, text: str, is_clean: bool) -> None:
    outlook = look_ahead(is_kept, worst_first)
    assert outlook is not None
    assert (outlook.describe(500), outlook.is_clean) == (text, is_clean)
