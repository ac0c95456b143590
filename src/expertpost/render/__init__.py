"""Pure: a piece becomes a page or the posts that channels get."""
