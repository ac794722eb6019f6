"""What an ensemble says of one clip, by hand."""

import numpy as np

from fsat_core.prediction import ClipPrediction

LABELS = ["Bark", "Knock", "Meow", "Siren"]


def prediction(per_member: list[list[float]] | None = None) -> ClipPrediction:
    """A clip of 5 s in windows of 2 s, the last of which ends with the clip; Knock is likeliest."""
    members = per_member or [[0.1, 0.6, 0.2, np.nan], [0.3, 0.4, 0.2, 0.1]]
    return ClipPrediction(
        name="clip.wav",
        labels=LABELS,
        members=[f"20260131-142530-mfcc_cnn-3f2a fold {fold}" for fold in range(len(members))],
        probabilities=np.array([0.2, 0.5, 0.25, 0.05]),
        per_member=np.array(members),
        window_starts_s=np.array([0.0, 1.0, 2.0, 3.0]),
        over_time=np.tile([0.2, 0.5, 0.25, 0.05], (4, 1)) * np.arange(1, 5)[:, None] / 4,
        window_s=2.0,
        duration_s=5.0,
    )
