"""The branch of people's facts: one file per event, only ever added; what is no event never counts."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.model.canonical import canonical_json
from expertpost.model.config import Branches
from expertpost.model.event import Event, EventKind
from expertpost.model.people import People
from expertpost.model.witness import Seen
from expertpost.store import events
from expertpost.store.events import Moves, Written, append, look, read, text_of, written_in
from expertpost.store.git import Git, make_bare
from expertpost.store.hub import Denied, Hub, Landed
from expertpost.store.tree import Identity
from expertpost.store.writing import commit_tree, write_commit

ID = "01JD0000000000000000TRQ001"
OTHER = "01JD0000000000000000SEA002"
ANA = Identity("Ana", "ana@example.org")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
BRANCH = Branches().reviews
NOBODY = People()


def event(text: str = "", **more: object) -> Event:
    """A comment by somebody who is not listed."""
    base = Event(
        kind=EventKind.COMMENT, workspace="W", piece=ID, digest="0" * 64, by="ana@example.org", at=NOW, text=text
    )
    return replace(base, **more)  # type: ignore[arg-type]


def two(tmp_path: Path) -> tuple[Hub, Hub]:
    """Two views of one empty bare remote."""
    make_bare(tmp_path / "remote.git")
    return tuple(Hub(make_bare(tmp_path / name), Branches(), str(tmp_path / "remote.git")) for name in ("a", "b"))  # type: ignore[return-value]


def put(hub: Hub, files: dict[str, bytes]) -> None:
    """Write files onto the branch by hand, as anybody with push rights can."""
    tip = hub.tip(BRANCH)
    made = write_commit(hub.git, dict(files), "by hand", ANA, NOW, base=tip)
    assert Landed() == hub.offer({BRANCH: (made, tip)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "two\nlines",
        "```json\n{}\n```\n",
        "\n```json\n" + "{}" + "\n```\n\n-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
        "\u2028\u0085\x1b[2J\x00 \u202e",
    ],
)
def test_a_file_gives_back_its_event(text: str) -> None:
    """Whatever a comment holds, the file says exactly what was written, and nothing in it passes for a statement."""
    written = Written(event(text, line=3, quote="```json"))

    assert written == written_in(written.path, text_of(written))


def test_an_adoption_has_its_own_folder() -> None:
    """An adoption speaks of many pieces, an entry of a person: each lies where it can be found."""
    adoption = Written(event(kind=EventKind.ADOPT, piece="", digest="", adopted={ID: "0" * 64}))
    entry = Written(event(piece="people/anna-berg"))

    assert f"adopted/{adoption.event.id}.md" == adoption.path
    assert f"people/anna-berg/{entry.event.id}.md" == entry.path
    assert (adoption, entry) == tuple(written_in(w.path, text_of(w)) for w in (adoption, entry))


def changed(written: Written, **statement: object) -> bytes:
    """The file with other words in its statement."""
    line = canonical_json(written.event.statement)
    return text_of(written).replace(line, canonical_json({**written.event.statement, **statement}))  # type: ignore[dict-item]


GOOD = Written(event("hello"))
LINE = canonical_json(GOOD.event.statement)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (GOOD.path, b""),
        (GOOD.path, b"\xff\xfe"),
        (GOOD.path, changed(GOOD, by="bob")),
        (GOOD.path, changed(GOOD, extra=1)),
        (GOOD.path, text_of(GOOD).replace(LINE, LINE.replace(b":", b": ", 1))),
        (GOOD.path, text_of(GOOD).replace(LINE, b"{}")),
        (GOOD.path, text_of(GOOD).replace(LINE, b"[" * 100_000)),
        (GOOD.path, text_of(GOOD).replace(LINE, b"{" + b'"a":{' * 50_000 + b"}" * 50_001)),
        (GOOD.path, text_of(GOOD) + b"more"),
        (GOOD.path.replace(ID, OTHER), text_of(GOOD)),
        (f"{ID}/{'0' * 64}.md", text_of(GOOD)),
        (GOOD.path.upper(), text_of(GOOD)),
        ("README.md", b"hello"),
        (f"../{ID}/{GOOD.event.id}.md", text_of(GOOD)),
    ],
)
def test_what_is_no_event_is_refused(path: str, content: bytes) -> None:
    """Another name, another word, other spacing, an unknown key, junk: none of it is an event."""
    with pytest.raises((ValueError, RecursionError)):
        written_in(path, content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "Bob"},
        {"by": "bob <b@x>"},
        {"by": ""},
        {"by": "a@b@c"},
        {"by": "*"},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001 – the zone is missing on purpose
        {"piece": "../x"},
        {"piece": "people/../x"},
    ],
)
def test_an_event_by_nobody_is_refused(wrong: dict[str, object]) -> None:
    """Whoever is named must be a handle or a mail address, the moment must be one, the piece must have an id."""
    written = Written(replace(GOOD.event, **wrong))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r".+"):
        written_in(written.path, text_of(written))


def test_junk_on_the_branch_is_told_and_never_counts(tmp_path: Path) -> None:
    """Files that are no events are findings; the events beside them are read."""
    hub, _ = two(tmp_path)
    append(hub, [GOOD], ANA, NOW)
    alien = Written(event("elsewhere", workspace="X"))
    put(hub, {"README.md": b"hi", f"{ID}/{'0' * 64}.md": b"\xff", alien.path: text_of(alien)})
    book = look(hub, NOBODY, Seen(NOW), "W")

    assert [GOOD.event.id] == [e.id for e in book.events]
    assert ["XP-EVENT", "XP-EVENT", "XP-EVENT-ELSEWHERE"] == sorted(f.code for f in book.findings)
    assert {GOOD.event.id, alien.event.id} == {e.id for e in read(hub, NOBODY, Seen(NOW))}


def test_a_link_on_the_branch_is_not_there(tmp_path: Path) -> None:
    """A symbolic link in the place of an event is never followed."""
    hub, _ = two(tmp_path)
    blob = hub.git.run("hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    inner = hub.git.run("mktree", stdin=f"120000 blob {blob}\t{GOOD.event.id}.md\n".encode()).decode().strip()
    tree = hub.git.run("mktree", stdin=f"040000 tree {inner}\t{ID}\n".encode()).decode().strip()
    hub.offer({BRANCH: (commit_tree(hub.git, tree, [], "m", ANA, NOW), None)})

    assert () == read(hub, NOBODY, Seen(NOW))


def test_only_the_asked_pieces_are_read(tmp_path: Path) -> None:
    """``only`` reads the folders of these pieces, and adoptions, which speak of many."""
    hub, _ = two(tmp_path)
    mine, other = GOOD, Written(event("other", piece=OTHER))
    adoption = Written(event(kind=EventKind.ADOPT, piece="", digest="", adopted={ID: "0" * 64}))
    append(hub, [mine, other, adoption], ANA, NOW)

    assert {mine.event.id, adoption.event.id} == {e.id for e in read(hub, NOBODY, Seen(NOW), only=[ID])}
    assert {adoption.event.id} == {e.id for e in read(hub, NOBODY, Seen(NOW), only=[])}
    many = [f"01JD{number:022d}" for number in range(300)]
    assert {other.event.id, adoption.event.id} == {e.id for e in read(hub, NOBODY, Seen(NOW), only=[*many, OTHER])}


def test_nobody_wrote_yet(tmp_path: Path) -> None:
    """A branch that is not there is an empty book, and the first event makes it."""
    hub, _ = two(tmp_path)

    assert (None, ()) == (look(hub, NOBODY, Seen(NOW)).tip, look(hub, NOBODY, Seen(NOW)).events)
    assert Landed() == append(hub, [GOOD], ANA, NOW)
    assert [GOOD.event] == list(read(hub, NOBODY, Seen(NOW)))


def test_two_who_write_at_once_both_land(tmp_path: Path) -> None:
    """A push that raced is built anew on the new tip; nothing of the other's is lost."""
    ours, theirs = two(tmp_path)
    append(theirs, [GOOD], ANA, NOW)
    mine = Written(event("mine"))

    assert Landed() == append(ours, [mine], ANA, NOW)
    ours.fetch()
    assert {GOOD.event.id, mine.event.id} == {e.id for e in read(ours, NOBODY, Seen(NOW))}


def test_branches_move_with_the_event_or_not_at_all(tmp_path: Path) -> None:
    """When the branch that goes along is refused for good, the event is not there either."""
    hub, other = two(tmp_path)
    root = write_commit(hub.git, {"a": b"1"}, "m", ANA, NOW, base=None)
    assert Landed() == append(hub, [GOOD], ANA, NOW, lambda: {"review/x": (root, None)})
    other.fetch()
    tries: list[int] = []

    def moves() -> Moves:
        tries.append(1)
        if len(tries) > 1:
            raise Failure("XP-X", "it moved", "look again")
        return {"review/x": (None, "1" * 40)}

    with pytest.raises(Failure, match="XP-X"):
        append(other, [Written(event("late"))], ANA, NOW, moves)
    other.fetch()
    assert [GOOD.event.id] == [e.id for e in read(other, NOBODY, Seen(NOW))]


def test_a_race_without_end_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is always later gets an answer, and nothing was changed."""
    hub, _ = two(tmp_path)
    monkeypatch.setattr(events, "TRIES", 2)

    with pytest.raises(Failure, match="XP-RACE"):
        append(hub, [GOOD], ANA, NOW, lambda: {"review/x": (None, "1" * 40)})
    hub.fetch()
    assert () == read(hub, NOBODY, Seen(NOW))


def test_a_host_that_says_no_is_told(tmp_path: Path) -> None:
    """A protected branch is an answer of its own, not a race."""
    hub, _ = two(tmp_path)
    hook = tmp_path / "remote.git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)

    assert isinstance(append(hub, [GOOD], ANA, NOW), Denied)


def test_appending_takes_nothing_away(tmp_path: Path) -> None:
    """Where something lies in the way, nothing is written over it."""
    hub, _ = two(tmp_path)
    put(hub, {GOOD.path: b"something else"})
    with pytest.raises(Failure, match="XP-EVENTS-DAMAGED"):
        append(hub, [GOOD], ANA, NOW)

    in_the_way = Written(event("x", piece=OTHER))
    put(hub, {OTHER: b"a file where a folder belongs"})
    with pytest.raises(Failure, match="XP-EVENTS-DAMAGED"):
        append(hub, [in_the_way], ANA, NOW)


def test_the_same_event_twice_is_one(tmp_path: Path) -> None:
    """An event that is there already changes nothing."""
    hub, _ = two(tmp_path)
    append(hub, [GOOD], ANA, NOW)
    append(hub, [GOOD], ANA, NOW)

    assert [GOOD.event] == list(read(hub, NOBODY, Seen(NOW)))


def test_a_person_can_read_the_file() -> None:
    """The file shows who did what, the words as a quotation, and the statement as one line of JSON."""
    text = text_of(Written(event("please\nmend", line=7, quote="Turn it")))
    shown = text.decode().split("```json\n")

    assert 'kind: "comment"' in shown[0]
    assert "On line 7: Turn it\n\n> please\n> mend\n" in shown[0]
    assert "comment" == json.loads(shown[1].split("\n")[0])["kind"]


def test_the_hub_of_a_bare_repository_serves_too(tmp_path: Path) -> None:
    """The runner reads the branch in a repository of its own."""
    hub, _ = two(tmp_path)
    append(hub, [GOOD], ANA, NOW)
    bare = Hub(make_bare(tmp_path / "run.git"), Branches(), str(tmp_path / "remote.git"), depth=1)
    bare.fetch()

    assert [GOOD.event] == list(read(bare, NOBODY, Seen(NOW)))
    assert isinstance(bare.git, Git)
