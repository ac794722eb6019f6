"""The page Classes: one class, its clips, its scores, and the classes around it."""
