"""Clips packed for the board."""

from ui.label.packed_clip import sound_key


def test_a_sound_key_is_a_css_class() -> None:
    assert sound_key("curated/a b.wav").replace("-", "").isalnum()
    assert sound_key("curated/a.wav") != sound_key("noisy/a.wav")
