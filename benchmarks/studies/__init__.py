"""What decided a default or a claim, once: each says which, and can be run again."""
