"""What a cell of labels means."""

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import label_matrix


def test_label_matrix_has_a_column_per_class() -> None:
    matrix = label_matrix(pd.Series(["Meow,Bark", "", "Knock", "Yodel,Bark"]), ["Bark", "Knock", "Meow"])
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, [[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 0, 0]])
