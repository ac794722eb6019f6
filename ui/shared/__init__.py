"""What every page needs: the data set and runs in use, links between pages, and the guard of app.py."""
