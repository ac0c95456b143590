"""Git, files and the index: everything that is read from or written to a disk or a remote repository."""
