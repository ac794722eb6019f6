"""Where shards and folds are worked on: processes of this machine, a Dask cluster, or jobs of Slurm."""
