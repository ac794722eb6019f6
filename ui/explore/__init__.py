"""The Explore page: charts that have settings of their own, or lead on to other pages."""
