"""One sound in every encoding that FFmpeg, SoX, LAME and flac make, and what FFmpeg decodes each to."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

RATE = 44_100
NUM_FRAMES = 30_011  # of no codec's frames a whole number
PROGRAMS = ("ffmpeg", "sox", "lame", "flac")

# Name of the file, and FFmpeg's options. Lossless: the samples are those of the source, or were rounded once.
_FFMPEG: dict[str, str] = {
    "pcm_u8.wav": "-c:a pcm_u8",
    "pcm_16.wav": "-c:a pcm_s16le",
    "pcm_24.wav": "-c:a pcm_s24le",
    "pcm_32.wav": "-c:a pcm_s32le",
    "float.wav": "-c:a pcm_f32le",
    "double.wav": "-c:a pcm_f64le",
    "alaw.wav": "-c:a pcm_alaw",
    "ulaw.wav": "-c:a pcm_mulaw",
    "ima.wav": "-c:a adpcm_ima_wav",
    "ms.wav": "-c:a adpcm_ms",
    "yamaha.wav": "-c:a adpcm_yamaha",
    "mp3.wav": "-c:a libmp3lame",
    "g726.wav": "-c:a g726 -ar 8000 -ac 1 -b:a 32k",
    "gsm.wav": "-c:a libgsm_ms -ar 8000 -ac 1",
    "rf64.wav": "-c:a pcm_s16le -rf64 always",
    "six_channels.wav": "-c:a pcm_s16le -ac 6",
    "low_rate.wav": "-c:a pcm_s16le -ar 2560",
    "lowest_rate.wav": "-c:a pcm_s16le -ar 250",
    "high_rate.wav": "-c:a pcm_s24le -ar 192000",
    "pcm_16.w64": "-c:a pcm_s16le",
    "float.w64": "-c:a pcm_f32le",
    "pcm_16.aiff": "-c:a pcm_s16be",
    "pcm_24.aiff": "-c:a pcm_s24be",
    "float.aifc": "-f aiff -c:a pcm_f32be",
    "alaw.aifc": "-f aiff -c:a pcm_alaw",
    "little.aifc": "-f aiff -c:a pcm_s16le",
    "pcm_16.au": "-c:a pcm_s16be",
    "float.au": "-c:a pcm_f32be",
    "ulaw.au": "-c:a pcm_mulaw",
    "pcm_16.caf": "-c:a pcm_s16be",
    "pcm_24.caf": "-c:a pcm_s24le",
    "alac.caf": "-c:a alac",
    "opus.caf": "-c:a libopus",
    "flac_16.flac": "-c:a flac -sample_fmt s16",
    "flac_24.flac": "-c:a flac -sample_fmt s32",
    "flac.ogg": "-c:a flac -sample_fmt s16",
    "vorbis.ogg": "-c:a libvorbis",
    "opus.opus": "-c:a libopus -ar 48000",
    "opus_mono.oga": "-c:a libopus -ar 16000 -ac 1",
    "speex.spx": "-c:a libspeex -ar 16000 -ac 1",
    "opus.webm": "-c:a libopus -ar 48000",
    "vorbis.webm": "-c:a libvorbis",
    "flac.mka": "-c:a flac -sample_fmt s16",
    "pcm.mka": "-c:a pcm_s16le",
    "aac.mkv": "-c:a aac",
    "aac.m4a": "-c:a aac",
    "aac_mono.m4a": "-c:a aac -ac 1 -ar 22050",
    "alac.m4a": "-c:a alac",
    "aac.mp4": "-c:a aac -movflags frag_keyframe+empty_moov",
    "mp3.mp4": "-c:a libmp3lame",
    "pcm.mov": "-c:a pcm_s16be",
    "aac.aac": "-c:a aac",
    "layer_2.mp2": "-c:a mp2",
    "layer_2_low.mp2": "-c:a mp2 -ar 16000",
    "cbr.mp3": "-c:a libmp3lame -b:a 128k",
    "vbr.mp3": "-c:a libmp3lame -q:a 4",
    "untagged.mp3": "-c:a libmp3lame -q:a 4 -write_xing 0",
    "mono_22k.mp3": "-c:a libmp3lame -ac 1 -ar 22050",
    "mono_8k.mp3": "-c:a libmp3lame -ac 1 -ar 8000",
    "no_id3.mp3": "-c:a libmp3lame -id3v2_version 0",
    "ac3.ac3": "-c:a ac3",
    "eac3.eac3": "-c:a eac3",
    "wma_1.wma": "-c:a wmav1",
    "wma_2.wma": "-c:a wmav2",
    "wavpack.wv": "-c:a wavpack",
    "tta.tta": "-c:a tta",
    "pcm.voc": "-c:a pcm_s16le",
    "ulaw.voc": "-c:a pcm_mulaw",
}
# Commands whose output goes to a pipe, so that headers hold no length. `{source}` is the WAV file.
_PIPED: dict[str, str] = {
    "piped_by_ffmpeg.wav": "ffmpeg -v error -i {source} -f wav -",
    "piped_by_ffmpeg.flac": "ffmpeg -v error -i {source} -f flac -",
    "piped_by_ffmpeg.mp3": "ffmpeg -v error -i {source} -q:a 4 -f mp3 -",
    "piped_by_ffmpeg.au": "ffmpeg -v error -i {source} -f au -",
    "piped_by_ffmpeg.aiff": "ffmpeg -v error -i {source} -f aiff -",
    "piped_by_ffmpeg.caf": "ffmpeg -v error -i {source} -f caf -",
    "piped_by_ffmpeg.w64": "ffmpeg -v error -i {source} -f w64 -",
    "piped_by_ffmpeg.webm": "ffmpeg -v error -i {source} -ar 48000 -c:a libopus -f webm -",
    "piped_by_sox.wav": "sox {source} -t wav -",
    "piped_by_sox.aiff": "sox {source} -t aiff -",
    "piped_by_sox.au": "sox {source} -t au -",
    "piped_by_sox.ogg": "sox {source} -t ogg -",
    "vbr_without_tag.mp3": "lame --quiet -V4 -t {source} -",
    "abr.mp3": "lame --quiet --abr 120 {source} -",
    "decoded_by_lame.wav": "sh -c 'lame --quiet -V4 {source} - | lame --quiet --mp3input --decode - -'",
    "decoded_by_flac.wav": "sh -c 'flac --silent -c {source} | flac --silent -d -c -'",
    "piped_by_flac.flac": "sh -c 'flac --silent -c - < {source}'",
    "flac_in_ogg.oga": "flac --silent --ogg -c {source}",
}
# By PyAV, which brings an encoder that Debian's FFmpeg lacks.
_PYAV = ("amr.3gp", "amr.amr")
# By SoX, into the formats that it names by their suffix.
_SOX: dict[str, str] = {
    "gsm_by_sox.wav": "-r 8000 -c 1 -e gsm-full-rate",
    "ms_by_sox.wav": "-e ms-adpcm",
    "signed_8.aiff": "-b 8",
    "by_sox.sph": "",
    "by_sox.avr": "",
    "by_sox.8svx": "-c 1 -b 8",
    "by_sox.voc": "-c 1 -b 8",
    "by_sox.sf": "",
    "by_sox.paf": "",
    "by_sox.pvf": "",
    "by_sox.w64": "",
    "by_sox.caf": "",
    "by_sox.wve": "-r 8000 -c 1",
    "by_sox.wv": "",
    "thirty_three_channels.wav": "remix " + " ".join(["1", "2"] * 16 + ["1"]),
}


def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the corpus, beside its `source.wav`: made once in a run of tests.

    Where a program is missing the test is skipped, or fails in the gate.
    """
    folder = tmp_path_factory.getbasetemp() / "encodings"
    if not folder.exists():
        if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
            message = f"No {', '.join(missing)}: the corpus needs Debian's packages of these names"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        folder.mkdir()
        write_encodings(folder)
    return folder / "corpus"


def write_source(folder: Path) -> Path:
    """The sound that is encoded, as 16-bit stereo WAV: two sweeps over soft noise, different on each side."""
    times_s = np.arange(NUM_FRAMES) / RATE
    rng = np.random.default_rng(0)
    sides = [
        0.4 * np.sin(2 * np.pi * (low + 900 * times_s) * times_s) + 0.01 * rng.standard_normal(NUM_FRAMES)
        for low in (220, 330)
    ]
    path = folder / "source.wav"
    soundfile.write(path, np.stack(sides, axis=1), RATE, subtype="PCM_16")
    return path


def write_encodings(folder: Path) -> list[Path]:
    """All files of the corpus, newly made in a folder."""
    source = write_source(folder)
    out = folder / "corpus"
    out.mkdir()
    command = ["ffmpeg", "-v", "error", "-i", str(source)]
    for name, options in _FFMPEG.items():
        command += [*options.split(), str(out / name)]
    _run(command)
    for name, options in _SOX.items():
        format_options, _, effect = options.partition("remix")
        effects = ["remix", *effect.split()] if effect else []
        _run(["sox", str(source), *format_options.split(), str(out / name), *effects])
    for name, line in _PIPED.items():
        with (out / name).open("wb") as file:
            _run(["sh", "-c", line.format(source=source)], file)
    for name in _PYAV:
        _write_amr(source, out / name)
    return sorted(out.iterdir())


def _write_amr(source: Path, target: Path) -> None:
    with av.open(str(source)) as sound, av.open(str(target), "w") as file:
        stream = file.add_stream("libopencore_amrnb", 8_000, layout="mono")
        resampler = av.AudioResampler("s16", "mono", 8_000, 160)
        for frame in [*sound.decode(audio=0), None]:
            for part in resampler.resample(frame):
                file.mux(stream.encode(part))
        file.mux(stream.encode(None))


def decode_all(paths: Sequence[Path], folder: Path) -> dict[str, np.ndarray]:
    """What FFmpeg's own command decodes each file to [shape=(n, num_channels)], by the name of the file."""
    folder.mkdir()
    inputs = [word for path in paths for word in ("-i", str(path))]
    outputs = [
        word
        for number, path in enumerate(paths)
        for word in ("-map", f"{number}:a:0", "-c:a", "pcm_f32le", str(folder / f"{path.name}.wav"))
    ]
    _run(["ffmpeg", "-v", "error", *inputs, *outputs])
    return {
        path.name: soundfile.read(folder / f"{path.name}.wav", dtype="float32", always_2d=True)[0]
        for path in paths
    }


def _run(command: Sequence[str], output: object = subprocess.DEVNULL) -> None:
    result = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)  # type: ignore[call-overload]
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.decode(errors='replace')}")
