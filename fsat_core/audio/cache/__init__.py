"""The feature cache: computed once per clip, then memory-mapped by every fold and epoch."""
