"""expertpost: experts write, the right people review, and the result goes inwards and outwards."""

__version__ = "0.1.0"
