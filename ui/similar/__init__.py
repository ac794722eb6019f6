"""Clips that sound like the one in view, beside every player."""
