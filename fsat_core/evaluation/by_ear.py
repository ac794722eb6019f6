"""What a pretrained network says of labels before anything is trained: each clip by what all others teach."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fsat_core.dataset.label_text import label_matrix
from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.learner import Learner, teaching
from fsat_core.embedding.own_names import own_columns
from fsat_core.errors import DatasetError
from fsat_core.evaluation.label_quality import rank_predictions
from fsat_core.runs.predictions import Predictions


def predict_by_ear(
    store: EmbeddingStore,
    clips: pd.DataFrame,
    classes: Sequence[str],
    own_names: Mapping[str, Sequence[str]] | None = None,
) -> Predictions:
    """Predictions for all labelled clips that have been heard, each without what its own label teaches.

    The curated ones are learned from, or all where none is curated; test clips never are.

    Parameters
    ----------
    store : EmbeddingStore
    clips : pd.DataFrame
        Columns `clip_id, split, labels`.
    classes : sequence of str
    own_names : mapping, optional
        The network's names for some of them, as users say: see `match_names`.

    Raises
    ------
    DatasetError
        If no clip of two classes or more is labelled and has been heard.
    """
    rows = clips[(clips["split"] != "test") & (clips["labels"] != "")]
    rows = rows[rows["clip_id"].map(store.row).notna()]
    if rows["labels"].nunique() < 2:
        raise DatasetError(
            f"{len(rows):,} labelled clips of {rows['labels'].nunique()} class(es) have been heard: expected "
            "clips of two classes or more, to learn what each sounds like. Label some first."
        )
    learner = Learner(store, classes, own_columns(classes, own_names or {}))
    learner.learn(teaching(rows["clip_id"], rows["labels"], rows["split"] == "curated"))
    clip_ids = rows["clip_id"].tolist()
    truth = label_matrix(rows["labels"], list(classes))
    return Predictions(clip_ids, list(classes), truth, learner.probabilities(clip_ids))


def rank_by_ear(
    store: EmbeddingStore,
    clips: pd.DataFrame,
    classes: Sequence[str],
    own_names: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Clips by how far their sound supports their labels, most suspect first: as `label_quality.rank`."""
    return rank_predictions(predict_by_ear(store, clips, classes, own_names))
