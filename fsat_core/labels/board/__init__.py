"""The label board: what the server tells a front-end about a queue, and how it takes decisions in."""
