"""A short form of benchmarks/faults/sound_files.py."""

from pathlib import Path

from benchmarks.faults.sound_files import try_inputs


def test_a_mutated_file_is_a_sound_or_one_line(tmp_path: Path) -> None:
    """No other error, no dead or hanging reader, no gigabyte, no length that libsndfile contradicts."""
    counts, faults = try_inputs(2_000, seed=1, folder=tmp_path)
    assert faults == []
    assert counts["read"] > 300
    assert counts["refused"] > 300
