"""What ``prove`` packs: everything that a third party needs to see who approved a text, as files. Nothing is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from expertpost.model import host, policy, rules
from expertpost.model.canonical import Json, canonical_json, sha256
from expertpost.model.config import Config
from expertpost.model.delivery import Delivery
from expertpost.model.event import Event
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.post import bind_json, in_json
from expertpost.model.review import Review, fold
from expertpost.model.tally import Tally
from expertpost.model.witness import Seen, Witness
from expertpost.store.events import Content, judged, written_in
from expertpost.store.keys import NAMESPACE, Proofs
from expertpost.store.ledger import Row
from expertpost.store.ledger_json import row_line
from expertpost.store.templates import packaged
from expertpost.store.tree import Entry
from expertpost.store.witness import witness_line

SUMS = "SHA256SUMS"
SITES = "sites"
"""What stands for the sites where a channel is named."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One post that went out. ``path``: where the bundle has the approved post, ``unbound``: its canonical JSON."""

    row: Delivery
    path: str
    unbound: bytes

    @property
    def bound(self) -> tuple[tuple[str, str], ...]:
        """What was filled in, by placeholder, as far as the ledger keeps it."""
        return self.row.receipt.bound if self.row.receipt else ()

    @property
    def post(self) -> bytes:
        """The post as it was sent; what names the recipient is still a placeholder."""
        return bind_json(self.unbound, self.bound)


@dataclass(frozen=True)
class Evidence:
    """What is known about one text. ``state``: the workspace's own files, by path; ``posts``: channel → unbound post.

    ``events``: the files of the reviews branch about it; ``kept``: by digest, the earlier texts that slips corrected
    and the posts that went out and are not in ``posts``; ``seen``: when the runner saw the events. ``made``: the
    instant at which all of it was read. ``commits``: branch → commit.
    """

    config: Config
    people: People
    piece: Piece
    state: Mapping[str, bytes]
    posts: Mapping[str, bytes]
    events: Sequence[tuple[Entry, bytes]]
    seen: Mapping[str, Witness]
    rows: Sequence[Row]
    made: datetime
    commits: Mapping[str, str]
    kept: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)

    @cached_property
    def told(self) -> tuple[Event, ...]:
        """The events in it, each with its signer as publish would find it, oldest first."""
        files: list[Content] = list(self.events)
        book = judged(files, self.people, Seen(self.made, lambda _: self.seen), self.config.id, Proofs(None))
        found = (replace(event, before=self.kept.get(event.since)) for event in book.events)
        return tuple(sorted(found, key=lambda event: (event.at, event.id)))

    @cached_property
    def review(self) -> Review:
        """The review that the events add up to."""
        return fold(self.told).get(self.piece.id, Review())

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The sites and every channel that an approval of this text names."""
        named = {name for event in self.review.approvals(self.piece.digest) for name in event.posts}
        return (SITES, *sorted(named & self.config.channels.keys()))

    @cached_property
    def sent(self) -> tuple[Sent, ...]:
        """What went out of this text, as far as the approved post of it is known, in the ledger's order."""
        known = {sha256(post): (f"posts/{name}.json", post) for name, post in self.posts.items()}
        kept = {digest: (f"kept/{digest}.json", canonical_json(value)) for digest, value in self.kept.items()}
        return tuple(
            Sent(row, *({**kept, **known}[row.intent.digest]))
            for row in self.rows
            if isinstance(row, Delivery)
            and row.receipt
            and row.intent.content == self.piece.digest
            and row.intent.digest in {*known, *kept}
        )

    def tally(self, place: str) -> Tally:
        """The approvals that count there by the rule that matches."""
        return policy.tally(self.config, self.piece, self.review, self.people, rules.SITES if place == SITES else place)

    def counting(self, place: str) -> tuple[Event, ...]:
        """The approvals that count there, for exactly the post that is packed."""
        posts = self._posts_at(place)
        return tuple(e for e in self.tally(place).counted if place == SITES or e.posts.get(place) in posts)

    def _posts_at(self, place: str) -> frozenset[str]:
        """The digest of the post that goes there: as packed, else as it was sent, else as approvals have it."""
        if place in self.posts:
            return frozenset({sha256(self.posts[place])})
        rows = [row for row in self.rows if isinstance(row, Delivery) and row.key.channel == place]
        sent = {row.intent.digest for row in rows if row.intent.content == self.piece.digest}
        approved = (event.posts[place] for event in self.review.approvals(self.piece.digest) if place in event.posts)
        return frozenset(sent or approved)

    def needed(self, place: str) -> int:
        """How many approvals are enough there: as the rule says, or one for a slip in the fast lane."""
        tally = self.tally(place)
        return 1 if any(event in tally.quick for event in self.counting(place)) else tally.rule.approvals

    @cached_property
    def adopted(self) -> bool:
        """Whether somebody entitled said that this very text was public before it came here."""
        return self.piece.digest in policy.adopted(self.config, self.people, self.told).get(self.piece.id, ())

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """What the text lacks, in sentences; nothing where it is approved (or adopted)."""
        if self.adopted:
            return ()
        return tuple(
            f"{place}: {len(self.counting(place))} of {self.needed(place)} approvals"
            for place in self.places
            if self.tally(place).enough(self.counting(place)) is None
        )


def pack(evidence: Evidence) -> dict[str, bytes]:
    """Every file of the bundle, by path. The same evidence always gives the same bytes."""
    files = {**evidence.state, "content.json": canonical_json(evidence.piece.content)}
    files |= {f"posts/{name}.json": post for name, post in evidence.posts.items()}
    files |= {f"sent/{one.row.key.id}.json": one.post for one in evidence.sent}
    files |= {f"kept/{digest}.json": canonical_json(value) for digest, value in evidence.kept.items()}
    for entry, content in evidence.events:
        written = written_in(entry.path, content)
        name = f"events/{written.event.id}"
        files |= {
            f"events/{entry.path.rpartition('/')[2]}": content,
            f"{name}.json": canonical_json(written.event.statement),
        }
        files |= {f"{name}.sig": f"{written.signature}\n".encode()} if written.signature else {}
    files["allowed_signers"] = _lines(_signers(evidence.people))
    files["ledger/deliveries.jsonl"] = b"".join(row_line(row) + b"\n" for row in evidence.rows)
    files["ledger/seen.jsonl"] = b"".join(witness_line(one) + b"\n" for _, one in sorted(evidence.seen.items()))
    tables = {
        "facts": _facts,
        "pictures": _pictures,
        "events": _events,
        "approvals": _approvals,
        "rules": _needed,
        "deliveries": _deliveries,
        "sent": _sent,
        "bound": _bound,
    }
    files |= {f"{name}.tsv": _lines("\t".join(row) for row in rows(evidence)) for name, rows in tables.items()}
    files |= {name: packaged(f"proof/{name}").encode() for name in ("verify.sh", "README.txt")}
    files[SUMS] = _lines(f"{sha256(content)}  ./{path}" for path, content in sorted(files.items()))
    return files


def _lines(lines: "Iterator[str]") -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def stamp(at: datetime) -> str:
    """An instant as ssh-keygen takes it in UTC (``YYYYMMDDHHMMSS``), to the second before."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _signers(people: People) -> Iterator[str]:
    """Whose keys count, and when (ssh-keygen, ALLOWED SIGNERS); revoked keys are not there at all."""
    for person in sorted(people.listed, key=lambda one: one.handle):
        for key in person.keys:
            if not key.revoked:
                options = [f'namespaces="{NAMESPACE}"']
                options += [f'valid-after="{stamp(key.valid_after)}"'] if key.valid_after else []
                options += [f'valid-before="{stamp(key.valid_before)}"'] if key.valid_before else []
                yield f"{person.handle} {','.join(options)} {key.key}"


def _facts(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    config, piece = evidence.config, evidence.piece
    yield "workspace", config.id
    yield "piece", piece.id
    yield "path", piece.path
    yield "digest", piece.digest
    yield "made", stamp(evidence.made)
    yield "signed", "yes" if host.asks_for_signatures(config, evidence.people) else "no"
    yield "alone", "yes" if rules.may_work_alone(config, evidence.people) else "no"
    yield from ((f"commit {branch}", commit) for branch, commit in sorted(evidence.commits.items()))


def _pictures(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """Each file beside the text, in the order of the canonical JSON: git's name of it, its name there, its path."""
    folder = evidence.piece.path.removesuffix("/index.md")
    for asset in sorted(evidence.piece.assets, key=lambda one: one.name):
        yield asset.blob, in_json(asset.name), f"{folder}/{asset.name}"


def _events(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    signed = {written_in(entry.path, content).event.id for entry, content in evidence.events if b"SSH SIG" in content}
    for event in evidence.told:
        seen = evidence.seen.get(event.id)
        state = (
            "signed"
            if event.signer == event.by
            else "hosted"
            if event.signer
            else "refused"
            if event.id in signed
            else "unsigned"
        )
        yield event.id, event.kind.value, event.by, stamp(seen.at) if seen else "-", state, event.signer or "-"


def _approvals(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    for place in evidence.places:
        for event in evidence.counting(place):
            yield place, event.posts[place] if place != SITES else "-", event.id


def _needed(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    return ((place, str(evidence.needed(place))) for place in evidence.places)


def _deliveries(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    for row in evidence.rows:
        if isinstance(row, Delivery):
            url = row.receipt.url if row.receipt else ""
            at = row.at.isoformat(timespec="seconds")
            fields = (row.state.value, row.key.channel, row.intent.content, row.intent.digest, at, url)
            yield tuple("".join(field.split()) for field in fields)


def _sent(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    return ((one.row.key.id, one.row.key.channel, one.row.intent.digest, one.path) for one in evidence.sent)


def _bound(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    return ((one.row.key.id, name, in_json(value)) for one in evidence.sent for name, value in one.bound)
