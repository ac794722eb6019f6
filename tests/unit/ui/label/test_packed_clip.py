"""Clips packed for the board."""

from pathlib import Path

import numpy as np
import soundfile as sf

from ui.label.packed_clip import pack_clip, sound_key


def test_a_sound_key_is_a_css_class() -> None:
    assert sound_key("curated/a b.wav").replace("-", "").isalnum()
    assert sound_key("curated/a.wav") != sound_key("noisy/a.wav")


def test_what_is_to_be_said_of_a_sound_goes_with_it(tmp_path: Path) -> None:
    sf.write(tmp_path / "silent.wav", np.zeros(8_000), 16_000)
    sf.write(tmp_path / "loud.wav", np.sin(np.arange(8_000)), 16_000)
    assert "silent" in pack_clip(tmp_path / "silent.wav").pictures["notes"]
    assert pack_clip(tmp_path / "loud.wav").pictures["notes"] == ""
