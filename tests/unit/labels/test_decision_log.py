"""All decisions at hand: read once, then only what is new."""

from pathlib import Path

import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore
from fsat_core.labels.decision_log import DecisionLog


def test_only_new_decisions_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as store:
        asked: list[int] = []
        read = store.decisions

        def counting(after_id: int = 0) -> pd.DataFrame:
            asked.append(after_id)
            return read(after_id=after_id)

        monkeypatch.setattr(store, "decisions", counting)
        log = DecisionLog(store)
        assert log.read().empty
        store.add(Decision("curated/a.wav", "ann", "relabel", "Bark"))
        store.add(Decision("curated/b.wav", "ann", "remove", ""))
        assert log.read()["clip_id"].tolist() == ["curated/a.wav", "curated/b.wav"]
        before = log.read()
        store.add(Decision("curated/c.wav", "bo", "relabel", "Yell"))
        pd.testing.assert_frame_equal(log.read(), read())
        assert asked == [0, 0, 0, 2, 2]
        assert len(before) == 2, "what was handed out does not change"


def test_the_last_decisions_stay_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as store:
        store.add(Decision("curated/a.wav", "ann", "relabel", "Bark"))
        log = DecisionLog(store)

        def fail(after_id: int = 0) -> pd.DataFrame:
            raise LabelError("away")

        monkeypatch.setattr(store, "decisions", fail)
        with pytest.raises(LabelError, match="away"):
            log.read()
        assert log.last["clip_id"].tolist() == ["curated/a.wav"]
