"""The page Label: its shared state, the board in the browser, and what lies around it."""
