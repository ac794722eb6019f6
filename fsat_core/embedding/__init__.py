"""What a network that was trained on AudioSet makes of clips, before anything is labelled or trained."""

from fsat_core.embedding.build import Place, build_store, locate, open_complete
from fsat_core.embedding.embedder import (
    Embedder,
    Heard,
    Survey,
    hear_windows,
    mean_heard,
    survey_clip,
)
from fsat_core.embedding.heard_clips import HeardClips
from fsat_core.embedding.neighbours import ExactNeighbours, Near, Neighbours
from fsat_core.embedding.spec import YAMNET, EmbedderSpec, load_embedder
from fsat_core.embedding.store import EmbeddingStore

__all__ = [
    "YAMNET",
    "Embedder",
    "EmbedderSpec",
    "EmbeddingStore",
    "ExactNeighbours",
    "Heard",
    "HeardClips",
    "Near",
    "Neighbours",
    "Place",
    "Survey",
    "build_store",
    "hear_windows",
    "load_embedder",
    "locate",
    "mean_heard",
    "open_complete",
    "survey_clip",
]
