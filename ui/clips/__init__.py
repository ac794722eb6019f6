"""The Clips page: its filters and its list."""
