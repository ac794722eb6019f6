"""Known attacks on the program, and what comes of them."""
