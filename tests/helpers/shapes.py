"""Shapes of made sets."""

from benchmarks.sets.full_size import Shape

SMALL_SHAPE = Shape(
    classes=("Bark", "Drip", "Knock", "Meow", "Siren"),
    num_single_classes=3,
    num_label_strings=8,
    curated={1: 12, 2: 7, 3: 2},
    noisy={1: 11, 2: 2},
    test={1: 6, 2: 1},
    longest_frames=20_000,
)
