"""Questions that ask the same in other words. Pure."""

from collections import Counter
from collections.abc import Mapping
from math import log

from expertpost.finder.words import words_of

ALIKE = 0.3
"""From so much on, of 1 for the same words, somebody should look whether two questions ask the same."""
_ENDINGS = ("ing", "ies", "es", "ed", "s", "e")


def alike(text: str, others: Mapping[str, str]) -> list[tuple[str, float]]:
    """Key and likeness (``ALIKE`` to 1) of the other questions that are like this one, the most alike first.

    What two questions have in common is weighed by how rare it is among all of them (a weighted Jaccard index).
    """
    asked = _stems(text)
    known = {key: _stems(other) for key, other in others.items()}
    frequency = Counter(stem for stems in (asked, *known.values()) for stem in stems)

    def mass(stems: frozenset[str]) -> float:
        return sum(log(1 + (len(known) + 1) / frequency[stem]) for stem in stems)

    scores = ((key, mass(asked & stems) / mass(asked | stems)) for key, stems in known.items() if asked & stems)
    return sorted((each for each in scores if each[1] >= ALIKE), key=lambda each: (-each[1], each[0]))


def _stems(text: str) -> frozenset[str]:
    """The words of a question without the commonest English endings."""
    return frozenset(map(_stem, words_of(text)))


def _stem(word: str) -> str:
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), "")
    return word.removesuffix(ending)
