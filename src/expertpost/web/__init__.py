"""Pages for browsers: the site builder and the loopback preview."""
