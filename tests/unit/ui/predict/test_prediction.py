"""What Predict shows of an answer."""

import numpy as np

from fsat_core.prediction import ClipPrediction
from ui.predict import prediction


def test_rows_under_the_sound_cover_it_without_a_gap() -> None:
    answer = ClipPrediction(
        "a.wav",
        ["Bark", "Knock"],
        ["x fold 0"],
        probabilities=np.array([0.25, 0.75]),
        window_starts_s=np.array([0.0, 1.0, 1.5]),
        over_time=np.array([[0.1, 0.9], [0.2, 0.8], [0.5, 0.5]]),
        window_s=2.0,
        duration_s=3.5,
    )
    knock, bark = prediction.class_rows(answer)
    assert (knock.label, bark.label) == ("Knock", "Bark")
    assert [(mark.start_s, mark.stop_s) for mark in knock.marks] == [(0.0, 1.5), (1.5, 2.25), (2.25, 3.5)]
    assert [mark.text for mark in bark.marks] == ["10", "20", "50"]
    np.testing.assert_allclose([mark.value for mark in bark.marks], np.array([0.1, 0.2, 0.5]) / 0.9)
