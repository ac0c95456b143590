"""Resolving: a person says what became of a delivery, and the runner believes them once."""

from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, mail, mailroom
from tests.flows.organisation import entry

from expertpost.errors import Exit, Failure
from expertpost.flows.outbox_resolve import Word, resolve
from expertpost.model.delivery import Ruling, State
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Fault


@pytest.fixture
def room(tmp_path: Path, postbox: MailTwin) -> Mailroom:
    """A mail to one supplier of which nobody knows whether it arrived."""
    made = mailroom(
        tmp_path, mail(postbox), more='[sites.outside]\nreaders = ["public"]\nbase_url = "https://a.example/"'
    )
    made.merge(1)
    made.approve()
    postbox.fail(Fault.ANSWER_LOST)
    made.publish()
    return made


def row(room: Mailroom) -> tuple[State, str]:
    """Where the one delivery stands, and its key."""
    (found,) = room.rows().values()
    return found.state, found.key.id


def say(room: Mailroom, ruling: Ruling, says: str = "", who: str = "anna") -> None:
    """Somebody's word about it."""
    resolve(room.org.people[who].world, row(room)[1][:12], Word(ruling, says))


def test_what_arrived_is_never_sent_again(room: Mailroom, postbox: MailTwin) -> None:
    """Whoever found the post gives its id; it counts as delivered with the next run."""
    say(room, Ruling.DELIVERED, "message-7")
    done = room.publish()

    assert (Exit.DONE, State.DELIVERED, 1) == (done.exit, row(room)[0], len(postbox.arrived()))


def test_what_did_not_arrive_is_sent_once_more(room: Mailroom, postbox: MailTwin) -> None:
    """One word leads to one more try, however often the runner reads it; a new doubt needs a new word."""
    say(room, Ruling.NOT_DELIVERED)
    postbox.fail(Fault.ANSWER_LOST)
    for _ in range(3):
        room.publish()

    assert (State.HELD, 2) == (row(room)[0], len(postbox.arrived()))


def test_what_is_given_up_is_never_sent(room: Mailroom, postbox: MailTwin) -> None:
    """Dropped with a reason, it is neither sent nor asked about again."""
    with pytest.raises(Failure) as silent:
        say(room, Ruling.DROPPED)
    say(room, Ruling.DROPPED, "Too late now")
    done = room.publish()

    assert ("XP-WORDS", Exit.DONE, State.DROPPED) == (silent.value.code, done.exit, row(room)[0])
    assert 1 == len(postbox.arrived())


def test_of_two_words_the_cautious_one_is_believed(room: Mailroom, postbox: MailTwin) -> None:
    """Somebody found it and somebody else did not, neither knowing of the other: nothing is sent."""
    key = row(room)[1]
    tips = room.fetched().tips()
    resolve(room.anna.world, key, Word(Ruling.NOT_DELIVERED))
    mine = room.fetched().tips()["expertpost-reviews"]
    room.anna.run("push", "--quiet", "--force", "origin", f"{tips['expertpost-reviews']}:refs/heads/expertpost-reviews")
    resolve(room.org.people["bob"].world, key, Word(Ruling.DELIVERED, "message-7"))
    room.anna.run("fetch", "--quiet", "origin")
    theirs = room.anna.run("rev-parse", "origin/expertpost-reviews").strip()
    room.anna.run("switch", "--quiet", "--detach", theirs)
    room.anna.run("merge", "--quiet", "--no-edit", mine)
    room.anna.run("push", "--quiet", "origin", "HEAD:refs/heads/expertpost-reviews")
    room.anna.run("switch", "--quiet", "main")
    room.publish()

    assert (State.DELIVERED, 1) == (row(room)[0], len(postbox.arrived()))


def test_a_post_at_an_address_that_nobody_configured_is_refused(room: Mailroom) -> None:
    """An address must lie where the settings say that the channel or a site is."""
    for says in ("https://evil.example/x", "https://a.example.evil.example/x", "ftp://a.example/x", "https://[x/"):
        with pytest.raises(Failure) as refused:
            say(room, Ruling.DELIVERED, says)
        assert ("XP-RESOLVE-URL", Exit.USAGE) == (refused.value.code, refused.value.exit_code)
    say(room, Ruling.DELIVERED, "https://a.example/pieces/piece-1.html")


def test_what_nobody_doubts_needs_no_word(room: Mailroom) -> None:
    """Of a delivery that arrived one can only say that it was removed."""
    say(room, Ruling.DELIVERED, "message-7")
    room.publish()
    with pytest.raises(Failure) as refused:
        say(room, Ruling.NOT_DELIVERED)
    say(room, Ruling.REMOVED, "Recalled")
    room.publish()

    assert ("XP-RESOLVE-STATE", State.RETRACTED) == (refused.value.code, row(room)[0])


def test_only_who_decides_is_believed(room: Mailroom, postbox: MailTwin) -> None:
    """Where somebody is an editor, another's word is refused, and counts for nothing where it was written anyway."""
    say(room, Ruling.NOT_DELIVERED)
    room.anna.write("people/bob.md", entry(room.org.people["bob"], roles="[editor]"))
    room.anna.push("Bob is an editor")
    with pytest.raises(Failure) as refused:
        say(room, Ruling.NOT_DELIVERED)
    room.publish()

    assert ("XP-ASK-WHO", State.HELD, 1) == (refused.value.code, row(room)[0], len(postbox.arrived()))
