"""What the pages share: the data set in use, links between pages, the guard for deep links, the player."""
