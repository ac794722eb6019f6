"""What names a folder of things that were computed of clips: the clips, as they are on disk now, and how."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from fsat_core.audio.decoding.header import reading_rules

Clips = Sequence[tuple[str, Path]]


def clips_key(clips: Clips, computed: object) -> str:
    """A name of 32 letters and digits, another one when a clip is added, goes or changes.

    Parameters
    ----------
    clips : sequence of (clip_id, path)
    computed
        What is computed of them, as JSON can hold it.
    """
    digest = hashlib.sha256(json.dumps([reading_rules(), computed], sort_keys=True).encode())
    # Names, sizes and times alone can be the same in two sets: archives often unpack with one time for all.
    for folder in sorted(map(os.path.realpath, {path.parent for _, path in clips})):
        digest.update(os.fsencode(folder) + b"\0")
    for clip_id, path in clips:
        try:
            stat = path.stat()
            digest.update(json.dumps([clip_id, stat.st_size, stat.st_mtime_ns]).encode())
        except OSError:  # kept all the same: the clip is then listed among the errors
            digest.update(json.dumps([clip_id, None]).encode())
    return digest.hexdigest()[:32]
