"""``new``: a draft in a file of its own, from the template of its kind."""

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows import scaffold
from expertpost.flows.context import World
from expertpost.flows.here import inventory_of, main_of
from expertpost.flows.slugs import slug_from
from expertpost.model.config import Config
from expertpost.model.draft import MAX_TITLE, has_hidden, nearest
from expertpost.model.identity import SLUG, new_id
from expertpost.model.moment import BadMoment, instant
from expertpost.model.people import People
from expertpost.model.piece import Kind
from expertpost.store.disk import put_new
from expertpost.store.pieces import DRAFTS, load
from expertpost.store.templates import packaged
from expertpost.store.workspace import Workspace, find

MAX_SLUG = 60
"""Characters of a slug that is made from a title; one given by hand may have more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person asks for. Empty means: decide for me.

    ``question``: the id of the question that it is to answer, and ``asked`` its words.
    """

    title: str
    kind: str = ""
    author: str = ""
    audience: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    publish_at: str = ""
    slug: str = ""
    question: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The draft that was written or, in a dry run, would be. ``path`` is relative to ``root``."""

    root: Path
    path: str
    id: str
    slug: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where new drafts are put: the workspace, the slugs that are taken there, and everyone who is listed."""

    workspace: Workspace
    taken: Collection[str]
    people: People

    @property
    def config(self) -> Config:
        """The settings on the disk."""
        return self.workspace.here.config

    def free(self, slug: str) -> str:
        """The slug, or the first of slug-2, slug-3 … that nobody has."""
        wanted, number = slug, 2
        while wanted in self.taken:
            wanted = f"{slug[:76].rstrip('-')}-{number}"
            number += 1
        return wanted


def open_shelf(world: World) -> Shelf:
    """The workspace around the person, and every slug on the disk and on the shared main."""
    workspace = find(world.here, world.env)
    there = inventory_of(workspace)
    facts = (*there.here.values(), *there.merged.values())
    return Shelf(workspace, frozenset(fact.slug.casefold() for fact in facts), _people(workspace))


def _people(workspace: Workspace) -> People:
    """Everyone listed on the disk, and whom the shared main lists besides: who just joined has not pulled yet."""
    here, main = workspace.here.people, main_of(workspace)
    there = workspace.at(main).listed[0].listed if main else ()
    return People((*here.listed, *(person for person in there if here.by_handle(person.handle) is None)))


def slug_of(title: str, kind: str, id_: str) -> str:
    """The slug a title stands for, in whatever language; its kind and the end of its id where no letter is left."""
    found = slug_from(title)
    if len(found) > MAX_SLUG:
        found = found[: MAX_SLUG + 1].rpartition("-")[0] or found[:MAX_SLUG]
    return found or f"{kind}-{id_[-6:].lower()}"


def judged(shelf: Shelf, wish: Wish) -> Wish:
    """The wish with nothing unknown in it. Raises Failure; each says what is known instead."""
    title = " ".join(wish.title.split(" ")).strip()
    if not title or has_hidden(title) or len(title) > MAX_TITLE:
        what = f"a title has 1 to {MAX_TITLE} visible characters on one line; this one has {len(title):,}"
        raise Failure("XP-TITLE", what, 'write one: expertpost new "Torque without tears"', exit_code=Exit.USAGE)
    kind = wish.kind or Kind.ARTICLE.value
    _known("kind", kind, [each.value for each in Kind])
    for name in wish.audience:
        _known("audience", name, shelf.config.audiences.named)
    for topic in wish.topics:
        if has_hidden(topic) or not topic.strip() or len(topic) > 200:
            raise Failure("XP-TOPICS", f"{topic[:40]!r} is no topic", "use a few words", exit_code=Exit.USAGE)
    return Wish(
        title=title,
        kind=kind,
        author=_author(shelf, wish.author),
        audience=wish.audience or ("colleagues",),
        topics=tuple(topic.strip() for topic in wish.topics),
        publish_at=_moment(shelf, wish.publish_at),
        slug=wish.slug,
        question=wish.question,
        asked=wish.asked,
    )


def new(world: World, shelf: Shelf, wish: Wish, *, dry_run: bool = False) -> Begun:
    """Write the draft that a ``judged`` wish asks for. Raises Failure XP-SLUG, XP-SLUG-TAKEN or XP-TEMPLATE."""
    id_ = new_id(int(world.now().timestamp() * 1000), world.entropy(10))
    slug = wish.slug or slug_of(wish.title, wish.kind, id_)
    if not SLUG.fullmatch(slug):
        cure = "use small letters, digits and hyphens, at most 80: --slug torque-without-tears"
        raise Failure("XP-SLUG", f"{slug[:60]!r} cannot be part of an address", cure, exit_code=Exit.USAGE)
    if slug in shelf.taken:
        raise taken(shelf, slug)
    path = f"{DRAFTS}/{slug}.md"
    template, where = _template(shelf.workspace, wish.kind)
    text = scaffold.fill_piece(template, {**_given(shelf, wish), "id": id_, "slug": slug}, where)
    _complete(shelf, path, text, where, {"id": id_, "title": wish.title, "question": wish.question})
    if not dry_run:
        with ExitStack() as undo:
            try:
                put_new(shelf.workspace.root / path, text.encode(), undo)
            except FileExistsError as there:
                raise taken(shelf, slug) from there
            undo.pop_all()
    return Begun(root=shelf.workspace.root, path=path, id=id_, slug=slug, title=wish.title, text=text)


def taken(shelf: Shelf, slug: str) -> Failure:
    """The failure for a slug that another piece has, with one that is free."""
    cure = f"write another title, or choose an address: --slug {shelf.free(slug)}"
    return Failure("XP-SLUG-TAKEN", f"another piece is called {slug}", cure, exit_code=Exit.USAGE)


def _known(what: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        raise Failure(
            f"XP-{what.upper()}", f"{what} {word[:60]!r} is unknown", nearest(word, words), exit_code=Exit.USAGE
        )


def _author(shelf: Shelf, name: str) -> str:
    """The handle of the author; whoever is not listed may write too, under the name that git knows."""
    people = shelf.people
    handle = people.handle_of(name) if name else None
    if handle is None:
        identity = shelf.workspace.git.identity()
        if name in ("", identity.name, identity.email):
            return people.handle_of(identity.email) or identity.name
        raise _unknown_author(people, name)
    return handle


def _unknown_author(people: People, name: str) -> Failure:
    cure = nearest(name, [person.handle for person in people.listed])
    return Failure("XP-AUTHORS", f"nobody in people/ is {name[:60]!r}", cure, exit_code=Exit.USAGE)


def _moment(shelf: Shelf, text: str) -> str:
    if text:
        try:
            instant(text, shelf.config.timezone)
        except BadMoment as wrong:
            raise Failure("XP-PUBLISH-AT", wrong.what, wrong.cure, exit_code=Exit.USAGE) from wrong
    return text


def _given(shelf: Shelf, wish: Wish) -> dict[str, scaffold.Given]:
    """What a template may name."""
    local = bool(wish.publish_at) and _is_local(wish.publish_at)
    return {
        "title": wish.title,
        "kind": wish.kind,
        "authors": [wish.author],
        "audience": list(wish.audience),
        "topics": list(wish.topics),
        "publish_at": wish.publish_at,
        "timezone": shelf.config.timezone if local else "",
        "question": wish.question,
        "asked": wish.asked.replace("\n", "\n> "),
    }


def _is_local(text: str) -> bool:
    """Whether a time has no offset of its own."""
    try:
        instant(text)
    except BadMoment:
        return True
    return False


def _template(workspace: Workspace, kind: str) -> tuple[str, str]:
    """The template's text and where it lies: the shared main's own, else the packaged one."""
    path = f"templates/{kind}.md.j2"
    main = main_of(workspace)
    own = workspace.at(main).text(path) if main else None
    return (own, path) if own is not None else (packaged(f"{kind}.md.j2"), path)


def _complete(shelf: Shelf, path: str, text: str, where: str, wanted: Mapping[str, str]) -> None:
    """Refuse a draft that is no piece, or another one than was asked for: somebody's template is wrong."""
    loaded = load(path, text.encode(), shelf.config)
    front = loaded.piece.front if loaded.piece else None
    found = {"id": front.id, "title": front.title, "question": front.question} if front else {}
    if found != wanted:
        what = loaded.findings[0].what if loaded.findings else "it changes the id, the title or the question"
        cure = "mend it, or remove it: a packaged one serves then"
        raise Failure("XP-TEMPLATE", f"the template makes no piece: {what}", cure, where=where)
