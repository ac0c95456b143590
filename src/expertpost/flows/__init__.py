"""One file per verb; the only place that joins the parts. Flows take a World and return values."""
