"""What a decision is made of."""

import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import Decision
from fsat_core.labels.decision import check_classes
from tests.helpers.messages import refuses, whole_message


def test_labels_are_tidied_and_keep_their_order() -> None:
    assert Decision("curated/a.wav", "ann", "relabel", " Yell, Bark,,Yell ").labels == "Yell,Bark"


def test_every_decision_has_a_token_of_its_own() -> None:
    one, other = (Decision("curated/a.wav", "ann", "unsure") for _ in range(2))
    assert one.token
    assert one.token != other.token


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"action": "undo"},
            "Action 'undo' on curated/a.wav: expected accept or relabel or remove or unsure",
        ),
        ({"action": "accept"}, "expected class names joined by commas"),
        ({"action": "relabel", "labels": " , "}, "expected class names joined by commas"),
        (
            {"action": "remove", "labels": "Bark"},
            "Labels 'Bark' with the action remove on curated/a.wav: expected none",
        ),
        ({"action": "unsure", "labels": "Bark"}, "expected none"),
        ({"clip_id": ""}, "without clip_id"),
        ({"annotator": " "}, "without annotator"),
        ({"token": ""}, "without token"),
        ({"annotator": "a" * 255}, "annotator 'a+...' has 255 characters: expected 254 or fewer"),
        ({"previous_labels": "x" * 5_000_000}, "previous_labels .* has 5,000,000 characters"),
        ({"note": "\ud800" * 10_001}, "note .* has 10,001 characters"),
        ({"note": "a\0b"}, "note 'a.x00b': expected text in UTF-8"),
        ({"clip_id": "curated/\udce9.wav"}, "clip_id 'curated/.udce9.wav': expected text in UTF-8"),
    ],
)
def test_a_decision_that_is_none(fields: dict, message: str) -> None:
    with refuses(LabelError, message) as caught:
        Decision(**{"clip_id": "curated/a.wav", "annotator": "ann", "action": "unsure", **fields})
    whole_message(caught).encode()  # it can be shown


def test_labels_that_are_no_classes() -> None:
    decision = Decision("curated/a.wav", "ann", "relabel", "Bark,Yodel")
    check_classes(decision, ["Yodel", "Bark"])
    check_classes(Decision("curated/a.wav", "ann", "remove"), [])
    with refuses(LabelError, r"'Yodel' on .* is no class of the data set"):
        check_classes(decision, ["Bark"])
