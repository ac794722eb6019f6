"""Long forms of the tests that break things: files, calls, processes."""
