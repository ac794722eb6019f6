"""Training: configuration, folds, batches, one fold, all folds and the background worker."""
