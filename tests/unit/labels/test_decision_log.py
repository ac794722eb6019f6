"""All decisions at hand: read once, then only what is new."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore, decision_log
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


def test_what_two_sessions_read_at_once_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as store, ThreadPoolExecutor(4) as sessions:
        together, read = Barrier(4), store.decisions
        log = DecisionLog(store)
        store.add(Decision("curated/a.wav", "ann", "relabel", "Bark"))

        def at_once(after_id: int = 0) -> pd.DataFrame:
            new = read(after_id=after_id)
            together.wait()
            return new

        monkeypatch.setattr(store, "decisions", at_once)
        found = [future.result() for future in [sessions.submit(log.read) for _ in range(4)]]
        assert [len(decisions) for decisions in [*found, log.last]] == [1] * 5


def test_texts_do_not_come_in_ever_more_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_log, "_MOST_PARTS", 5)
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as store:
        log = DecisionLog(store)
        for number in range(20):
            store.add(Decision(f"curated/{number}.wav", "ann", "relabel", "Bark"))
            texts = log.read()["clip_id"].array.__arrow_array__()
            assert texts.num_chunks <= 6
        pd.testing.assert_frame_equal(log.read(), store.decisions())


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
