"""What may be wrong with a piece beyond its front matter: one plain function for each sort of problem."""
