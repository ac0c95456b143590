"""Words that were probably meant: known ones that differ by a slip of the fingers."""

from collections.abc import Iterable

_SHORTEST, _LONG = 3, 8
_OFFERED = 3


def slips_in(word: str) -> int:
    """How many slips a word may have: none in a very short one, two in a long one."""
    return 0 if len(word) < _SHORTEST else 1 if len(word) < _LONG else 2


def kept_ends(word: str) -> tuple[str, str]:
    """A beginning and an end of which at least one is right where there is one slip, wherever it is."""
    length = max(1, (len(word) - 1) // 2)
    return word[:length], word[-length:]


def nearest_words(word: str, known: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """The known words (each with how many texts have it) that come nearest, the most frequent first; few."""
    most = slips_in(word)
    found = [(slips(word, other, most), -count, other) for other, count in known]
    nearest = min((each[0] for each in found), default=most + 1)
    if nearest > most:
        return ()
    return tuple(other for distance, _, other in sorted(found) if distance == nearest)[:_OFFERED]


def slips(one: str, other: str, most: int) -> int:
    """How many letters have to be put in, left out, changed or swapped with the next; at most ``most`` + 1.

    The optimal string alignment distance (Boytsov 2011, §2.1).
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > most:
            return most + 1
        before, above = above, here
    return min(above[-1], most + 1)
