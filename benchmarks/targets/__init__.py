"""Figures that have a target; `python -m benchmarks` runs them."""
