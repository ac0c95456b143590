"""Text from a repository or a remote, made fit to be looked at. Pure."""

import unicodedata

REPLACED = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Unicode categories of which terminal escapes, clipboard writes (OSC 52) and bidi overrides are made."""
_STAY = frozenset("\n\t")


class _Shown(dict[int, int]):
    """What is shown for each character, found when it is met first."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        hidden = unicodedata.category(character) in REPLACED and character not in _STAY
        self[code] = 0xFFFD if hidden else code
        return self[code]


_SHOWN = _Shown()


def safe(text: str) -> str:
    """The text with control, formatting and private characters as U+FFFD; line ends and tabs stay."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)
