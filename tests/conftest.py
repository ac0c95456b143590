"""Settings that every test shares."""

import signal

from hypothesis import settings

# A busy machine is slow, not wrong.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Whoever starts the tests in the background may have Ctrl-C ignored, which every child would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
