"""A short form of benchmarks/faults/label_histories.py."""

from pathlib import Path

from benchmarks.faults.label_histories import rehearse


def test_what_stands_is_what_a_model_says(tmp_path: Path) -> None:
    """Eight annotators at once, with batches, undone and repeated decisions; some are killed meanwhile."""
    figures = rehearse(f"sqlite:///{tmp_path / 'labels.db'}", tmp_path, num_decisions=2_400, num_kills=5)
    assert figures["kills"] > 0
    assert figures["rows"] > 2_400  # what was taken back has a row, too
    assert (figures["differing"], figures["doubled"]) == (0, 0)
