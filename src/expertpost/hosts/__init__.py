"""Git hosts: what their interfaces can do for a review. Everything works without them."""
