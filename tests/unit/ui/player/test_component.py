"""The player, before it draws."""

from pathlib import Path

import pytest

from ui.player.component import player


@pytest.mark.parametrize("key", ["", "a b", "a.b", "#a"])
def test_a_key_that_is_no_css_class_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="expected letters, digits"):
        player(Path("x.wav"), key=key, label="x")
