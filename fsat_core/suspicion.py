"""Which labels are probably wrong, by what networks say that did not train on the clip.

A label's quality is its probability as a share of the strongest class that the clip is not labelled with:
the margin between the two, on a log scale. It needs no measure of how sure networks are of a class, and is
the same for one label per clip and for several.

References
----------
Kuan & Mueller (2022), "Model-agnostic label quality scoring to detect real-world label errors", ICML DataPerf
workshop: scores by self-confidence and by margin, from out-of-fold probabilities.
"""

import numpy as np

WRONG_BELOW = 0.25  # a label of lower quality is taken for wrong; benchmarks/README.md has what it finds


def label_quality(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """How far out-of-fold probabilities bear out each given label.

    Parameters
    ----------
    truth : np.ndarray [shape=(N, C)]
        1 for each label of a clip, else 0.
    probabilities : np.ndarray [shape=(N, C)]
        Out-of-fold probabilities; NaN where no network knows the class.

    Returns
    -------
    np.ndarray [shape=(N, C)]
        0 to 1, where 1 says that no other class is more probable; NaN where the clip does not have the label
        or no network knows it.
    """
    given = truth > 0
    rivals = np.where(given | np.isnan(probabilities), 0.0, probabilities)
    strongest = rivals.max(axis=1, keepdims=True, initial=0.0)
    above = np.maximum(probabilities, strongest)
    share = np.divide(probabilities, above, out=np.zeros_like(probabilities, dtype=float), where=above > 0)
    return np.where(given & ~np.isnan(probabilities), share, np.nan)
