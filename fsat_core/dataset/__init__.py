"""The data set: its layouts, its tables and the catalogue of its clips."""

from fsat_core.dataset.catalogue import Catalogue
from fsat_core.dataset.content_scan import DEEP_COLUMNS, deep_scan
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.header_scan import COLUMNS, scan
from fsat_core.dataset.label_text import split_labels
from fsat_core.dataset.layouts import SPLITS, Dataset, clip_path, open_dataset
from fsat_core.dataset.tables import Table, read_table

__all__ = [
    "COLUMNS",
    "DEEP_COLUMNS",
    "SPLITS",
    "Catalogue",
    "Dataset",
    "Table",
    "clip_path",
    "deep_scan",
    "open_dataset",
    "read_table",
    "scan",
    "split_labels",
    "write_demo",
]
