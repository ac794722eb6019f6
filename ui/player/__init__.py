"""The player: waveform, pictures and rows over one playhead."""
