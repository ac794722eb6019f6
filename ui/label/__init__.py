"""The page Label: its shared state, the board in the browser, and the parts around it."""
