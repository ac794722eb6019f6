"""Seeded data sets and measurements through the public commands: where the figures of README.md come from."""
