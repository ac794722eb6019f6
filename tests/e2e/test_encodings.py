"""Whatever is read plays in Chromium: each file of the corpus, and what was made of it for a browser."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page

from fsat_core.audio.header import read_header
from fsat_core.audio.playable import browser_audio
from tests.helpers.corpus import corpus_folder

# Plays from start to end at once, without being heard: how long it is, and how loud at the most.
PLAY = """async ([content, mime]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const audio = new Audio();
    audio.src = URL.createObjectURL(new Blob([bytes], {type: mime}));
    const failed = await new Promise((resolve) => {
        audio.oncanplaythrough = () => resolve("");
        audio.onerror = () => resolve(audio.error.message || "error");
    });
    if (failed) return {failed};
    audio.muted = true;
    audio.playbackRate = 16;
    await audio.play();
    const stopped = await new Promise((resolve) => {
        audio.onended = () => resolve("");
        audio.onerror = () => resolve(audio.error.message || "error");
    });
    const context = new OfflineAudioContext(1, 1, 44100);
    const sound = await context.decodeAudioData(bytes.buffer);
    const peak = sound.getChannelData(0).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return {failed: stopped, duration: audio.duration, decoded: sound.duration, peak};
}"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the corpus."""
    return corpus_folder(tmp_path_factory)


def test_each_encoding_plays_to_its_end(corpus: Path, page: Page) -> None:
    page.set_content("<title>Encodings</title>")
    wrong = []
    for path in sorted(corpus.iterdir()):
        header = read_header(path)
        content, mime = browser_audio(path)
        heard = page.evaluate(PLAY, [base64.b64encode(content).decode(), mime])
        expected_s = header.num_frames / header.sample_rate
        plays = not heard["failed"] and heard["peak"] > 0.1
        if not (plays and all(abs(heard[name] - expected_s) < 0.06 for name in ("duration", "decoded"))):
            wrong.append(f"{path.name} as {mime}, {expected_s:.3f} s: {heard}")
    assert wrong == []
