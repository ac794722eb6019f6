"""Predictions by hand and at random."""

import numpy as np

from fsat_core.runs.predictions import Predictions


def predictions(
    truth: list[list[int]], probabilities: list[list[float]], classes: str = "ABC"
) -> Predictions:
    clip_ids = [f"curated/{index}.wav" for index in range(len(truth))]
    return Predictions(clip_ids, list(classes), np.array(truth, np.float32), np.array(probabilities))


# Ranking precisions: A of clip 0: 1; B and C of clip 1: 1/2 and 2/3; A of clip 2: 1/3; clip 3 has no label.
HAND = predictions(
    [[1, 0, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0]],
    [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.4, 0.5], [0.8, 0.1, 0.1]],
)


def random_predictions(num_clips: int, num_classes: int, seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    truth = np.eye(num_classes, dtype=np.float32)[rng.integers(num_classes, size=num_clips)]
    clip_ids = [f"curated/{index}.wav" for index in range(num_clips)]
    classes = [f"class {index}" for index in range(num_classes)]
    return Predictions(clip_ids, classes, truth, np.clip(rng.random(truth.shape) + 0.3 * truth, 0, 1))
