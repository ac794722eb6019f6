"""A run as one HTML file that opens anywhere: no network, no script, light and dark, fit to be printed."""

from fsat_core.report.page import run_report

__all__ = ["run_report"]
