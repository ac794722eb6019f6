"""What a `labels` cell means: class names joined by commas, `"Bark,Yell"`."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def split_labels(labels: str) -> list[str]:
    """The class names in a `labels` cell: `"Bark,Yell"` gives `["Bark", "Yell"]`, `""` gives `[]`."""
    return [name for label in labels.split(",") if (name := label.strip())]


def join_labels(names: Iterable[str]) -> str:
    """A `labels` cell with these classes, each once, in their order."""
    return ",".join(dict.fromkeys(names))


def used_classes(labels: Iterable[str]) -> set[str]:
    """The classes that any of these cells names."""
    return {name for text in set(labels) for name in split_labels(text)}


def label_matrix(labels: pd.Series, classes: list[str]) -> np.ndarray:
    """0/1 matrix [shape=(len(labels), len(classes))], float32; labels outside `classes` are left out."""
    column = {name: index for index, name in enumerate(classes)}
    matrix = np.zeros((len(labels), len(classes)), dtype=np.float32)
    for row, text in enumerate(labels):
        for name in split_labels(text):
            if name in column:
                matrix[row, column[name]] = 1
    return matrix


def canonical(labels: pd.Series) -> pd.Series:
    """Labels with their classes sorted, so that equal sets of classes are equal strings."""
    forms = {text: ",".join(sorted(set(split_labels(text)))) for text in labels.unique()}
    return labels.map(forms).astype("str")
