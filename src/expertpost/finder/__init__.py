"""Who knows what, and where it is written: evidence, ranking, and a disposable index."""
