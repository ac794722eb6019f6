"""Two clips side by side on Clips: one is pinned, the other picked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.settings import Settings

OpenApp = Callable[..., AppTest]


def players(app: AppTest) -> dict[str, dict[str, Any]]:
    """What the browser is sent for each player, by the label of its sound."""
    assert not app.exception
    assert not app.error
    sent = [each.proto for each in app.get("bidi_component") if each.proto.component_name == "fsat_player"]
    shown = [json.loads(proto.json) for proto in sent]
    return {data["label"]: data for data in shown}


def test_a_pinned_clip_stays_beside_the_one_that_is_picked(open_app: OpenApp, settings: Settings) -> None:
    first, second = "curated/bark_0.wav", "noisy/noisy_siren.wav"
    app = open_app("clips", show="all", clip=first)
    (alone,) = players(app).values()
    assert (alone["listed"], alone["paired"], alone["span_s"]) == (True, False, 0)
    app.button(key="clips_pin_it").click().run()
    assert list(players(app)) == [first]
    assert app.query_params["pin"] == first
    app = open_app("clips", show="all", clip=second, pin=first)
    both = players(app)
    assert set(both) == {first, second}
    assert [both[label]["listed"] for label in (first, second)] == [False, True]  # keys go to the picked one
    longest = max(data["duration_s"] for data in both.values())
    for data in both.values():
        assert (data["paired"], data["low"], data["span_s"]) == (True, True, longest)
    assert sum(data["pictures"][0]["jpeg"] != alone["pictures"][0]["jpeg"] for data in both.values()) >= 1
    app.button(key="clips_unpin").click().run()
    assert list(players(app)) == [second]
    assert "pin" not in app.query_params


@pytest.mark.parametrize("pin", ["curated/gone.wav", "../../etc/passwd"])
def test_a_pin_that_is_no_clip_means_nothing(open_app: OpenApp, settings: Settings, pin: str) -> None:
    assert list(players(open_app("clips", show="all", clip="curated/bark_0.wav", pin=pin))) == [
        "curated/bark_0.wav"
    ]
