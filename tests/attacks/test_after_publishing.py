"""Who may not ask for it asks in vain: requests by strangers, for other pieces, and with addresses of their own."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.office import open_office
from tests.flows.mailroom import BY, Mailroom, Trap, hook, mail, mailroom
from tests.flows.organisation import START, WORKSPACE_ID

from expertpost.flows.places import places
from expertpost.flows.report import Result
from expertpost.flows.wishes import removable
from expertpost.model.delivery import Delivery, State
from expertpost.model.event import Event, EventKind
from expertpost.model.outcome import Receipt
from expertpost.store.events import Written, append
from expertpost.store.files import CommitFiles
from expertpost.store.hub import Landed
from expertpost.store.workspace import State as State_
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Fault

PIECE = "01JD0000000000000000PCE001"
OTHER = "01JD0000000000000000PCE002"
ANY = Event(kind=EventKind.HOLD, workspace=WORKSPACE_ID, piece=PIECE, digest="", by="mallory", at=START)


@pytest.fixture
def receiver() -> Iterator[Trap]:
    """A keyed webhook receiver."""
    with closing(Trap()) as twin:
        yield twin


@pytest.fixture
def postbox() -> Iterator[MailTwin]:
    """A mail server without a login."""
    with closing(MailTwin()) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> Mailroom:
    """A page and a webhook that have a piece, and a mail of which nobody knows whether it arrived."""
    (tmp_path / "blog").mkdir()
    folder = f'[channels.blog]\npublisher = "folder"\nreaders = ["suppliers"]\npath = "{tmp_path / "blog"}"\n'
    made = mailroom(tmp_path, hook(receiver), folder, mail(postbox))
    made.merge(1)
    made.approve()
    postbox.fail(Fault.ANSWER_LOST)
    made.publish()
    return made


def write(room: Mailroom, event: Event) -> None:
    """Push an event by hand, as anybody can who may write the branch."""
    hub = room.fetched()
    heads = tuple(
        entry.path.rpartition("/")[2].partition(".")[0]
        for entry in hub.git.tree(hub.tip(hub.branches.reviews) or "")
        if entry.path.startswith(f"{event.piece}/") and "/kept/" not in entry.path
    )
    assert Landed() == append(hub, [Written(replace(event, prev=heads))], BY, START)


def doubted(room: Mailroom) -> Delivery:
    """The mail in doubt."""
    return next(row for row in room.rows().values() if row.key.channel == "mail")


def word(room: Mailroom, verdict: str, **more: str) -> Event:
    """What somebody says became of it."""
    row = doubted(room)
    said = replace(ANY, kind=EventKind.SETTLE, deliveries=(row.key.id,), claim=row.intent.nonce, verdict=verdict)
    return replace(said, **{"by": "mallory", **more})  # type: ignore[arg-type]


def test_a_strangers_word_settles_nothing(room: Mailroom, postbox: MailTwin) -> None:
    """Who is not listed ends no doubt, whatever they say."""
    for verdict in ("not-delivered", "delivered", "dropped", "removed", "nonsense"):
        write(room, word(room, verdict, url="message-7" if verdict == "delivered" else ""))
    room.publish()

    assert (State.HELD, 1) == (doubted(room).state, len(postbox.arrived()))


def test_what_strangers_ask_for_does_not_happen(room: Mailroom, receiver: Trap) -> None:
    """A new edition and a removal that nobody listed asked for: no second post, and every copy stays."""
    write(room, replace(ANY, kind=EventKind.REPUBLISH, editions={"hook": 2}, channels=("hook",)))
    write(room, replace(ANY, kind=EventKind.RETRACT, text="Mine"))
    done = room.publish()

    assert 1 == len(receiver.ids())
    assert Result.REMOVED not in {line.result for line in done.lines}
    assert (room.org.folder / "blog" / "piece-1" / "index.md").exists()


def test_a_word_that_says_too_much_settles_nothing(room: Mailroom, postbox: MailTwin) -> None:
    """Neither an event of another piece nor an address that nobody configured counts, also not by who may decide."""
    write(room, word(room, "not-delivered", by="bob", piece=OTHER))
    write(room, word(room, "delivered", by="bob", url="https://evil.example/phish"))
    write(room, word(room, "delivered", by="bob", text="https://evil.example/phish"))
    write(room, word(room, "delivered", by="bob"))
    room.publish()

    assert (State.HELD, 1) == (doubted(room).state, len(postbox.arrived()))


def test_a_stranger_changes_nothing(room: Mailroom) -> None:
    """An update that somebody who is not listed asks for is not carried out."""
    room.merge(1, "Turn it firmly.")
    room.approve()
    hub = room.fetched()
    tip = hub.tip(hub.branches.reviews) or ""
    texts = [
        next(iter(hub.git.blobs([entry.blob]))) for entry in hub.git.tree(tip, PIECE) if entry.path.endswith(".md")
    ]
    digests = {text.split(b'"digest":"')[1][:64].decode() for text in texts if b'"kind":"approve"' in text}
    for digest in digests:
        write(room, replace(ANY, kind=EventKind.UPDATE, digest=digest))
    room.publish()

    assert "Turn it gently." in (room.org.folder / "blog" / "piece-1" / "index.md").read_text()


def test_an_endless_number_of_editions_keeps_no_runner_busy(room: Mailroom) -> None:
    """One who may decide asks for the edition after ten to the twelve; somebody asks for a removal: the run ends."""
    write(room, replace(ANY, by="bob", kind=EventKind.REPUBLISH, editions={"hook": 10**12}, channels=("hook",)))
    write(room, replace(ANY, kind=EventKind.RETRACT, text="Mine"))

    assert Result.REMOVED not in {line.result for line in room.publish().lines}


def test_a_request_in_anothers_name_or_from_elsewhere_is_not_carried_out(tmp_path: Path, receiver: Trap) -> None:
    """Where people sign: whatever is asked in Bob's name with Mallory's key, or was said in another workspace."""
    office = open_office(tmp_path, receiver)
    office.approve_as()
    office.publish()
    ((key, row),) = office.rows().items()
    asked: dict[EventKind, dict[str, object]] = {
        EventKind.REPUBLISH: {"editions": {"hook": 2}, "channels": ("hook",)},
        EventKind.RETRACT: {"channels": ("hook",), "deliveries": (row.key.id,)},
        EventKind.UPDATE: {"channels": ("hook",)},
        EventKind.SETTLE: {"deliveries": (row.key.id,), "claim": row.intent.nonce, "verdict": "removed"},
    }
    for kind, more in asked.items():
        said = replace(office.statement("bob", kind), **more)  # type: ignore[arg-type]
        office.say(said, office.org.people["mallory"])
        office.say(replace(said, workspace="01JD0000000000000000ELSEWH"))
    done = office.publish()

    assert (1, State.DELIVERED) == (len(receiver.ids()), office.rows()[key].state)
    assert not {Result.SENT, Result.REMOVED, Result.UPDATED} & {line.result for line in done.lines}


def test_a_post_known_by_its_address_alone_is_not_called_removed(room: Mailroom) -> None:
    """Where a person said at which address it is, no service knows an id: a person removes it, or it stays told of."""
    hub = room.fetched()
    main = hub.tip(hub.branches.main) or ""
    there, _ = places(State_(CommitFiles(hub.git, main), main), room.anna.clone, ())
    (blog,) = [place for place in there if place.channel.name == "blog"]
    (row,) = [row for row in room.rows().values() if row.key.channel == "blog"]
    address = "https://blog.example/piece-1"

    assert (True, False) == (removable(blog, row), removable(blog, replace(row, receipt=Receipt(address, address))))
