"""The networks, written once in Keras 3. Importing this package imports Keras and its backend."""

from fsat_core.models.registry import build_model
from fsat_core.models.reuse import fresh_model

__all__ = ["build_model", "fresh_model"]
