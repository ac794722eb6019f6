"""Which files hold sound: the suffixes of what the two readers read. Every list of types follows from here.

A suffix only says which files of a folder are clips, and which files a browser offers for upload. How a file
is read depends on its content.
"""

from collections.abc import Mapping
from pathlib import PurePath

# By libsndfile's name of a format. Left out: RAW, SD2, HTK and MPC2K cannot be told by their content, and
# MAT4 and MAT5 hold any matrix.
SNDFILE: Mapping[str, tuple[str, ...]] = {
    "AIFF": ("aif", "aifc", "aiff"),
    "AU": ("au", "snd"),
    "AVR": ("avr",),
    "CAF": ("caf",),
    "FLAC": ("flac",),
    "IRCAM": ("sf",),
    "MP3": ("mp3",),
    "NIST": ("nist", "sph"),
    "OGG": ("oga", "ogg", "opus"),
    "PAF": ("paf",),
    "PVF": ("pvf",),
    "RF64": ("rf64",),
    "SDS": ("sds",),
    "SVX": ("8svx", "iff"),
    "VOC": ("voc",),
    "W64": ("w64",),
    "WAV": ("wav",),
    "WAVEX": ("wav",),
    "WVE": ("wve",),
    "XI": ("xi",),
}
# By FFmpeg's name of a demuxer. No other may be used: some open files and addresses that a file names.
FFMPEG: Mapping[str, tuple[str, ...]] = {
    "aac": ("aac",),
    "ac3": ("ac3",),
    "aiff": ("aif", "aifc", "aiff"),
    "amr": ("amr",),
    "ape": ("ape",),
    "asf": ("asf", "wma"),
    "au": ("au", "snd"),
    "caf": ("caf",),
    "eac3": ("ec3", "eac3"),
    "flac": ("flac",),
    "iff": ("8svx", "iff"),
    "matroska": ("mka", "mkv", "webm"),
    "mov": ("3g2", "3gp", "m4a", "m4b", "mov", "mp4"),
    "mp3": ("mp1", "mp2", "mp3", "mpga"),
    "mpc": ("mpc",),
    "mpc8": ("mpc",),
    "ogg": ("oga", "ogg", "opus", "spx"),
    "tak": ("tak",),
    "tta": ("tta",),
    "voc": ("voc",),
    "w64": ("w64",),
    "wav": ("wav",),
    "wv": ("wv",),
}

TYPES: tuple[str, ...] = tuple(
    sorted({name for table in (SNDFILE, FFMPEG) for names in table.values() for name in names})
)
_SUFFIXES = frozenset(f".{name}" for name in TYPES)


def is_sound_name(fname: str) -> bool:
    """Whether a file of this name is taken for sound."""
    return PurePath(fname).suffix.lower() in _SUFFIXES
