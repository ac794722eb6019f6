"""The Train page: the form, the table of runs, and one run in view."""
