"""Where the clips of a data set are: a folder on disk, or an address with copies in a bounded local cache."""
