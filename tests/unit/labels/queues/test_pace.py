"""How fast somebody decides, and what is said of the time left."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.labels.queues.pace import describe_time_left, seconds_per_clip

START = pd.Timestamp("2026-01-31 14:00", tz="UTC")


def decided(gaps: list[float], batches: list[str] | None = None) -> pd.DataFrame:
    """Decisions so many seconds after each other."""
    times = START + pd.to_timedelta(np.cumsum(gaps), unit="s")
    batch = batches or [""] * len(gaps)
    return pd.DataFrame({"created_at": times, "batch": batch, "token": [str(at) for at in range(len(gaps))]})


def test_nothing_is_said_before_there_are_enough() -> None:
    assert seconds_per_clip(decided([])) is None
    assert seconds_per_clip(decided([5.0] * 10)) is None
    assert seconds_per_clip(decided([5.0] * 11)) == pytest.approx(5.0)


def test_breaks_do_not_count() -> None:
    assert seconds_per_clip(decided([6.0] * 8 + [3_600.0] + [6.0] * 8)) == pytest.approx(6.0)


def test_clips_that_were_decided_together_share_the_time() -> None:
    gaps = [0.0] + ([24.0] + [0.0] * 11) * 2
    batches = ["first"] + ["a"] * 12 + ["b"] * 12
    assert seconds_per_clip(decided(gaps, batches)) == pytest.approx(2.0)


def test_of_many_that_were_decided_together_all_share_the_time() -> None:
    gaps = [0.0, 100.0] + [0.0] * 999
    assert seconds_per_clip(decided(gaps, ["first"] + ["all"] * 1_000)) == pytest.approx(0.1)


def test_a_slow_start_is_forgotten() -> None:
    assert seconds_per_clip(decided([100.0] * 12 + [4.0] * 60)) == pytest.approx(4.0)


def test_the_time_left_is_steady_from_clip_to_clip() -> None:
    """Said 30 minutes and then 5 where single clips took long."""
    total = 400
    gaps = np.random.default_rng(5).lognormal(np.log(6.0), 0.8, total).tolist()
    gaps[20:24] = [90.0, 120.0, 150.0, 110.0]
    own = decided(gaps)
    left = [
        each * (total - num)
        for num in range(11, total - 60)
        if (each := seconds_per_clip(own.head(num))) is not None
    ]
    changes = np.array(left[1:]) / np.array(left[:-1])
    assert changes.max() < 1.3
    assert changes.min() > 1 / 1.3
    assert max(left) / (6.0 * total) < 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "less than a minute left"),
        (59.0, "less than a minute left"),
        (80.0, "about 1 min left"),
        (9.4 * 60, "about 9 min left"),
        (23 * 60.0, "about 25 min left"),
        (70 * 60.0, "about 1 h left"),
        (100 * 60.0, "about 1.5 h left"),
    ],
)
def test_what_is_said_of_the_time_left(seconds: float, text: str) -> None:
    assert describe_time_left(seconds) == text
