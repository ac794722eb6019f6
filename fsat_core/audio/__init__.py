"""Audio in: headers, decoding, resampling, pieces of equal length, features, their cache, and overviews."""

from fsat_core.audio.cache.build import build_cache
from fsat_core.audio.cache.stored import FeatureCache
from fsat_core.audio.features import FeatureSpec, Standardiser, extract, normalise_wave
from fsat_core.audio.header import read_header
from fsat_core.audio.mfcc import mfcc, mfcc_batch
from fsat_core.audio.overview import (
    Envelope,
    MelOverview,
    envelope,
    mel_overview,
    mfcc_overview,
)
from fsat_core.audio.playable import browser_audio
from fsat_core.audio.reading import read_mono, resample
from fsat_core.audio.windows import crop_or_pad, window_starts, windows

__all__ = [
    "Envelope",
    "FeatureCache",
    "FeatureSpec",
    "MelOverview",
    "Standardiser",
    "browser_audio",
    "build_cache",
    "crop_or_pad",
    "envelope",
    "extract",
    "mel_overview",
    "mfcc",
    "mfcc_batch",
    "mfcc_overview",
    "normalise_wave",
    "read_header",
    "read_mono",
    "resample",
    "window_starts",
    "windows",
]
