"""The Evaluate page: scores, diagnosis and comparison of runs."""
