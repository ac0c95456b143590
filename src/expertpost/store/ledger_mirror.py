"""What people read of a ledger in a database: the same files on the ledger branch, sealed, brought up once per run.

It also is the witness of the database: a database in which the write that the mirror names is not there, with that
link, has been put back, is another one, or was taken over by a stand-by server that had not everything yet.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from expertpost.errors import Exit, Failure
from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import id_of
from expertpost.store.database import Database
from expertpost.store.fields import Fields, NotUnderstood, dumps, iso, loads, number, text
from expertpost.store.hub import Hub, Landed, Offer
from expertpost.store.ledger import Chunk, Contents, Terms, Told, broken
from expertpost.store.ledger_files import ACCOUNTS, OPEN, SETTLED
from expertpost.store.ledger_git import GitLedger, at_once
from expertpost.store.ledger_sql import SqlLedger, rewound
from expertpost.store.ledger_sql_reading import Point
from expertpost.store.rewind import Tags
from expertpost.store.witness import SEEN

POINT = "mirror.json"
ADOPTED = "adopted.json"
FORMAT = "expertpost-mirror/1"
GOES_ON = "the database that [ledger] engine names"


def point_bytes(point: Point) -> bytes:
    """The file that says how far a mirror is."""
    fields: Fields = {"format": FORMAT, "number": point.number, "link": point.link}
    return dumps(fields) + b"\n"


def point_from(content: bytes) -> Point:
    """How far a mirror is. Raises NotUnderstood."""
    fields = loads(content)
    if fields.get("format") != FORMAT:
        raise NotUnderstood(f"has the format {fields.get('format')!r}; this version writes {FORMAT}")
    return Point(number(fields, "number"), text(fields, "link"))


class Mirror(GitLedger):
    """The ledger branch of a workspace whose ledger is in a database. Nothing can be claimed there."""

    @property
    def point(self) -> Point | None:
        """How far it is; None where the branch is no mirror. Raises Failure XP-LEDGER-DAMAGED.

        A ledger that was begun and holds nothing yet may as well go on in a database.
        """
        content = self._files.content(POINT)
        if not content:
            held = any(self._files.below(path) for path in (OPEN, SETTLED, ACCOUNTS, SEEN))
            return Point(0, "") if self.exists and not held and not self.terms.sealed else None
        try:
            return point_from(content)
        except NotUnderstood as wrong:
            raise broken(f"{POINT} {wrong}", self._where) from wrong

    def begin(self, terms: Terms) -> Offer:
        """Say where the ledger is, before there is anything in it; nothing where that is said already."""

        def built() -> Offer:
            if self.exists and (self._files.content(POINT) or self.point is None):
                return Landed()
            begun = self.terms if self.exists else terms
            return self._show(Contents(replace(begun, sealed=GOES_ON)), Point(0, ""))

        return self._until_landed(built)

    def reflect(self, news: Callable[[int], tuple[Contents, Point]]) -> Offer:
        """Bring it up to ``news``: what was written after the write of this number, and the last write."""

        def built() -> Offer:
            before = self.point
            contents, point = news(before.number if before else 0)
            if before and point.number <= before.number:
                return Landed()
            return self._show(contents, point)

        return self._until_landed(built)

    def restart(self, contents: Contents, point: Point) -> Offer:
        """Show everything anew, up to a write of another history: after a database was put back or copied."""
        shown = replace(contents, terms=replace(contents.terms, sealed=GOES_ON))
        return self._until_landed(lambda: self._show(shown, point))

    def resume(self, contents: Contents, *, adopted: bool = False) -> Offer:
        """Be a ledger of its own, with these contents: claims are made here again.

        ``adopted``: somebody took it as it is after a loss; that is written down, and gets a tag of its own.
        """
        rows = {id_of(row): row for row in contents.rows}
        says, terms = f"ledger: go on here with {len(rows)}", replace(contents.terms, sealed="")

        also = {POINT: b""} | ({ADOPTED: dumps({"at": iso(self._now())}) + b"\n"} if adopted else {})

        def built() -> Offer:
            return self._write(says, rows, contents.accounts, contents.seen, contents.measured, terms=terms, also=also)

        return self._until_landed(built)

    def _show(self, contents: Contents, point: Point) -> Offer:
        rows = {id_of(row): row for row in contents.rows}
        says = f"ledger: show the database up to write {point.number}"
        also, terms = {POINT: point_bytes(point)}, contents.terms
        return self._write(says, rows, contents.accounts, contents.seen, contents.measured, terms=terms, also=also)


class MirroredLedger(SqlLedger):
    """See ``store.ledger.Ledger``: a ledger in a database, with its mirror. ``hub`` holds what was fetched last.

    ``tags``: a database and its mirror that were put back together would agree; these tell.
    """

    def __init__(
        self,
        database: Database,
        hub: Hub,
        workspace: str,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        pinned: str = "",
        tags: Tags | None = None,
        stand_back: Callable[[int], None] = at_once,
    ) -> None:
        self._tags, self._stand_back = tags, stand_back
        super().__init__(database, hub, workspace, now, entropy, pinned)

    def refresh(self) -> None:
        """See Ledger. Raises Failure XP-REWOUND, and XP-LEDGER-PLACE where the branch holds a ledger of its own."""
        super().refresh()
        own = (self._new.workspace, self._now, self._entropy, self._pinned, self._tags, self._stand_back)
        self._mirror = Mirror(self._hub, *own)
        if not self._mirror.exists:
            return
        if self._mirror.point is None:
            raise elsewhere(self._hub.branches.ledger)
        guard_point(self, self._mirror)

    def intend(self, chunk: Chunk, main: str) -> Offer:
        """See Ledger. Before the first claim of all, the branch says where the ledger is."""
        salt = self.terms.salt
        begun = self._begin()
        if isinstance(begun, Landed) and salt != self.terms.salt:
            return self._raced
        return super().intend(chunk, main) if isinstance(begun, Landed) else begun

    def record(
        self,
        told: Iterable[Told],
        accounts: Iterable[Account] = (),
        seen: Iterable[Witness] = (),
        measured: Iterable[Measured] = (),
    ) -> Offer:
        """See Ledger. The mirror is brought up as well."""
        facts, touched, new, back = tuple(told), tuple(accounts), tuple(seen), tuple(measured)
        if not self.exists and not (facts or touched or new or back):
            return Landed()
        begun = self._begin()
        answer = super().record(facts, touched, new, back) if isinstance(begun, Landed) else begun
        return self._reflect() if isinstance(answer, Landed) else answer

    def _begin(self) -> Offer:
        """Have a mirror, before anything is written. Whoever pushed the first says what the ledger's terms are."""
        begun = self._mirror.begin(self.terms)
        if isinstance(begun, Landed) and not self.exists:
            self.terms = replace(self._mirror.terms, sealed="")
        return begun

    def _reflect(self) -> Offer:
        def news(since: int) -> tuple[Contents, Point]:
            # The last write is read first: what is written meanwhile is shown now, and once more with the next run.
            point = self.point()
            return replace(self.since(since), terms=replace(self.terms, sealed=GOES_ON)), point

        return self._mirror.reflect(news)


def guard_point(ledger: SqlLedger, mirror: Mirror) -> None:
    """Raises Failure XP-REWOUND where a database does not hold what its mirror shows."""
    point = mirror.point
    if point is None:
        return
    terms = replace(mirror.terms, sealed="")
    if not ledger.exists and not point.number:
        # Somebody began at the same moment: there is one ledger only, with one salt.
        ledger.terms = terms
    elif replace(ledger.terms, sealed="") != terms or (point.number and ledger.link_at(point.number) != point.link):
        raise rewound(ledger.database.address)


def elsewhere(branch: str) -> Failure:
    """The failure of a workspace whose settings name a database, and whose ledger is on the branch."""
    what = f"the ledger is on {branch}, and expertpost.toml names a database: what was sent is not known there"
    cure = 'bring it over: expertpost ledger copy git env:NAME; or write engine = "git"'
    return Failure("XP-LEDGER-PLACE", what, cure, where=branch, exit_code=Exit.GUARD)
