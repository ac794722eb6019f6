"""Clips packed for the board in the browser."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsat_core.audio.packing import pack_picture, pack_wave, read_sound
from fsat_core.audio.spectrogram import USUAL, Style


@dataclass(frozen=True)
class PackedClip:
    """A clip for the browser: its sound, and its pictures packed as JSON."""

    content: bytes
    mime: str
    pictures: dict[str, Any]


def pack_clip(path: Path, style: Style = USUAL) -> PackedClip:
    """A clip, read and packed, its spectrogram in this style; an AudioError where it cannot be read."""
    sound = read_sound(path, style=style)
    pictures = {
        "duration_s": sound.duration_s,
        "overview": pack_wave(sound.overview, 0.0, sound.duration_s),
        "pictures": [pack_picture(picture) for picture in sound.pictures],
        "notes": sound.warning,
    }
    return PackedClip(sound.content, sound.mime, pictures)


def sound_key(clip_id: str) -> str:
    """The key of the container of a clip's audio element: a hash, because file names may not fit one."""
    return f"label-sound-{hashlib.blake2b(clip_id.encode(), digest_size=8).hexdigest()}"
