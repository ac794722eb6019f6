"""The Predict page: ensembles, and their answers for clips."""
