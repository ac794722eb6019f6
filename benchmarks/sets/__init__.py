"""Writers of data sets and runs to measure on."""
