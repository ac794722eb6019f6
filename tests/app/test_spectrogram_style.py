"""How spectrograms are drawn: one choice for all players, kept by the browser."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

OpenApp = Callable[..., AppTest]


def captions(app: AppTest) -> list[str]:
    """What the player says of its pictures."""
    assert not app.exception
    (element,) = (each for each in app.get("bidi_component") if each.proto.component_name == "fsat_player")
    return [picture["caption"] for picture in json.loads(element.proto.json)["pictures"]]


def kept(app: AppTest) -> str | None:
    """What the browser is told to keep."""
    (element,) = (
        each for each in app.get("bidi_component") if each.proto.component_name == "fsat_spectrogram"
    )
    return json.loads(element.proto.json)["style"]


def test_a_choice_holds_for_the_player_and_is_kept(open_app: OpenApp) -> None:
    app = open_app("clips")
    usual = ["Log-mel spectrogram, upper 80 dB", "MFCC, each coefficient standardised"]
    assert captions(app) == usual
    assert kept(app) is None
    app.sidebar.selectbox(key="spectrogram_n_fft").select(512).run()
    assert captions(app)[0] == "Log-mel spectrogram, FFT of 512 samples, upper 80 dB"
    app.session_state["spectrogram_range_db"] = 60
    app.session_state["spectrogram_scale"] = "linear"
    app.run()
    assert captions(app) == ["Spectrogram, FFT of 512 samples, upper 60 dB", usual[1]]
    assert json.loads(kept(app) or "") == {
        "n_fft": 512,
        "scale": "linear",
        "range_db": 60,
        "colours": "magma",
    }
    next(button for button in app.button if button.label == "As usual").click().run()
    assert captions(app) == usual


@pytest.mark.parametrize(
    ("sent", "caption"),
    [
        (
            '{"n_fft": 1024, "scale": "linear", "range_db": 40, "colours": "gray"}',
            "Spectrogram, FFT of 1,024 samples, upper 40 dB",
        ),
        (
            '{"n_fft": 3, "scale": "linear", "range_db": 40, "colours": "gray"}',
            "Log-mel spectrogram, upper 80 dB",
        ),
        ("[]", "Log-mel spectrogram, upper 80 dB"),
    ],
)
def test_what_the_browser_has_kept_is_taken_if_it_makes_sense(
    open_app: OpenApp, sent: str, caption: str
) -> None:
    app = open_app("clips")
    app.session_state["spectrogram_memory"] = {"kept": sent}
    app.run()
    assert captions(app)[0] == caption
