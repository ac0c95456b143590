"""``outbox resolve``: a person says what became of a delivery; the runner takes their word with its next run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure
from expertpost.flows import refs
from expertpost.flows.asking import Asked, must_be_allowed, record, request
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.meant import known_rows, of_piece
from expertpost.flows.review_say import words
from expertpost.model.delivery import CLAIMED, FOR_PEOPLE, Delivery, Ruling, State
from expertpost.model.event import EventKind
from expertpost.model.origins import is_home, origins


@dataclass(frozen=True, slots=True)
class Word:
    """What the person says: a ruling, with the address or id of the post (DELIVERED) or the reason."""

    ruling: Ruling
    says: str = ""


def resolve(world: World, key: str, word: Word, *, dry_run: bool = False) -> Asked:
    """Record what became of the delivery whose key begins with ``key``. For editors and admins.

    Raises Failure XP-REF-NONE, XP-REF-MANY, XP-RESOLVE-STATE, XP-RESOLVE-URL, XP-ASK-WHO.
    """
    desk = open_desk(world)
    row = _named(known_rows(desk), key)
    _must_fit(desk, row, word)
    about = of_piece(desk, row.key.piece)
    event = request(desk, about, EventKind.SETTLE, (row.key.channel,), _reason(word))
    found = word.says if word.ruling is Ruling.DELIVERED else ""
    event = replace(event, deliveries=(row.key.id,), claim=row.intent.nonce, verdict=word.ruling.value, url=found)
    must_be_allowed(desk, about, event)
    return record(desk, about, event, [_LEADS_TO[word.ruling]], dry_run=dry_run)


_LEADS_TO = {
    Ruling.DELIVERED: "with the next run of publish it counts as delivered, and is never sent again",
    Ruling.NOT_DELIVERED: "with the next run of publish it is sent once more, if it still may go",
    Ruling.DROPPED: "with the next run of publish it is given up, and is never sent again",
    Ruling.REMOVED: "with the next run of publish it counts as removed",
}


def _reason(word: Word) -> str:
    if word.ruling is Ruling.DELIVERED:
        return ""
    return words(word.says, "a reason") if word.ruling is Ruling.DROPPED else word.says


def _named(rows: Iterable[Delivery], key: str) -> Delivery:
    wanted = key.lower()
    found = [row for row in rows if len(wanted) >= refs.MIN_PREFIX and row.key.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    cure = "expertpost outbox show REF tells the keys of a piece"
    if found:
        what = f"{len(found)} deliveries have a key that begins with {key!r}"
        raise Failure("XP-REF-MANY", what, f"write more of it; {cure}", exit_code=Exit.USAGE)
    raise Failure("XP-REF-NONE", f"no delivery has a key that begins with {key!r}", cure, exit_code=Exit.USAGE)


def _must_fit(desk: Desk, row: Delivery, word: Word) -> None:
    """Raises Failure where this word says nothing about a delivery as it stands, or names a post that is elsewhere."""
    if word.ruling is Ruling.REMOVED:
        fits, wants = row.state is State.DELIVERED, "has arrived"
    else:
        fits = row.state in FOR_PEOPLE or (row.state in CLAIMED and row.lost(desk.now))
        wants = "is in doubt, refused or given up"
    if not fits:
        what = f"it is {row.state.value}, and this is for a delivery that {wants}"
        cure = f"expertpost outbox show {row.key.id[:12]} tells where it stands"
        raise Failure("XP-RESOLVE-STATE", what, cure, where=row.key.channel, exit_code=Exit.USAGE)
    if word.ruling is Ruling.DELIVERED and not is_home(desk.config, row.key.channel, words(word.says, "a post")):
        known = ", ".join(sorted(origins(desk.config, row.key.channel))) or "no address is configured there"
        what = f"{word.says} is at no address that expertpost.toml names for {row.key.channel}"
        cure = f"write an address below one of them ({known}), or the id of the post alone"
        raise Failure("XP-RESOLVE-URL", what, cure, where=row.key.channel, exit_code=Exit.USAGE)
