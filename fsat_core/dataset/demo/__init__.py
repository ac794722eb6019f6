"""The demo set: what is in it, how its sounds are made, and writing it."""
