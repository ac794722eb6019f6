"""Sound files, whatever is in them: which reader reads one, how long it is, and its samples."""
