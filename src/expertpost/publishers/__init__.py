"""One file per channel, the transport they share, and the registry that finds them."""
