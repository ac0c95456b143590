"""Settings that every test shares."""

from hypothesis import settings

# A busy machine is slow, not wrong.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
