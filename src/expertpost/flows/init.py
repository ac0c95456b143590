"""``init``: a workspace in a folder, new or completed; nothing that is there is ever changed."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from expertpost import __version__
from expertpost.errors import Exit, Failure
from expertpost.flows import scaffold
from expertpost.flows.context import World
from expertpost.flows.schema import content_types, front_matter_schema
from expertpost.model.canonical import blob_id
from expertpost.model.draft import has_hidden, nearest
from expertpost.model.identity import new_id
from expertpost.model.moment import BadMoment, zone
from expertpost.model.piece import Kind
from expertpost.store import config as settings
from expertpost.store.disk import make_folder, put_new, remove_tree
from expertpost.store.git import Git
from expertpost.store.own_keys import found
from expertpost.store.templates import packaged
from expertpost.store.tree import Entry, Identity
from expertpost.store.writing import stage_identical, write_commit

CI: Mapping[str, Mapping[str, str]] = {
    "github": {
        ".github/workflows/expertpost.yml": "ci/github.yml",
        ".github/workflows/expertpost-review.yml": "ci/github-review.yml",
    },
    "gitlab": {".gitlab-ci.yml": "ci/gitlab.yml"},
}
"""Hosts for which jobs can be written: where each file lies, and its template."""
MAX_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What ``init`` wrote or, in a dry run, would write. Paths are relative to ``root``.

    ``kept``: files that were there and stay as they are. ``committed``: main has its first commit now.
    ``shared``: others get it by a push to origin.
    """

    root: Path
    name: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    repository: bool
    committed: bool
    main: str
    shared: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """The folder as it was found. ``fresh``: no repository yet; ``unborn``: one without a commit and nothing staged."""

    root: Path
    git: Git
    fresh: bool
    unborn: bool
    main: str


def init(world: World, folder: str = "", name: str = "", ci: str = "", *, dry_run: bool = False) -> Made:
    """Make or complete a workspace. Raises Failure (XP-INIT-…, XP-IDENTITY, XP-GIT-MISSING); then nothing was made."""
    root = (world.here / folder).resolve()
    with ExitStack() as undo:
        place = _look(root, world)
        identity = place.git.identity()
        title = _name(name or _name_here(root) or root.name)
        if ci and ci not in CI:
            raise Failure("XP-INIT-CI", f"no workflow is known for {ci!r}", nearest(ci, CI), exit_code=Exit.USAGE)
        files = _files(place, world, identity, title, ci or _host(place.git))
        written = tuple(path for path in files if not (root / path).exists())
        kept = tuple(path for path in files if path not in written)
        made = Made(
            root=root,
            name=title,
            written=written,
            kept=kept,
            repository=place.fresh,
            committed=place.unborn and bool(written),
            main=place.main,
            shared=not place.fresh and place.git.remote_url() is not None,
        )
        if not dry_run:
            _write(place, {path: files[path] for path in written}, identity, world, undo)
            undo.pop_all()
    return made


def _look(root: Path, world: World) -> _Place:
    if root.exists() and not root.is_dir():
        raise Failure("XP-INIT-FOLDER", "this is no folder", "name another", where=str(root), exit_code=Exit.USAGE)
    standing = next(folder for folder in (root, *root.parents) if folder.is_dir())
    git = Git(standing, world.env)
    top = git.top()
    inside = top is not None and top.resolve() != root
    if inside and not _is_ignored(git, root):
        what = f"the folder lies inside the repository {top}"
        cure = "make the workspace at its top, or in a folder outside of it"
        raise Failure("XP-INIT-INSIDE", what, cure, where=str(root), exit_code=Exit.USAGE)
    if top is None or inside:
        return _Place(root, git, True, True, "main")
    unborn = git.commit_of("HEAD") is None and not git.run("ls-files", "--cached")
    return _Place(root, git, False, unborn, git.current_branch() or "main")


def _is_ignored(git: Git, folder: Path) -> bool:
    """Whether the repository around a folder leaves it alone: a build or scratch folder may hold another one."""
    # check-ignore takes its paths literally, and refuses to be told so.
    return git.answer("check-ignore", "--quiet", "--", str(folder), env={"GIT_LITERAL_PATHSPECS": "0"})[0] == 0


def _name(text: str) -> str:
    found = text.strip() or "workspace"
    if has_hidden(found) or len(found) > MAX_NAME:
        what = f"the name must have at most {MAX_NAME} visible characters"
        raise Failure("XP-INIT-NAME", what, 'give one: --name "Acme Seals"', exit_code=Exit.USAGE)
    return found


def _host(git: Git) -> str:
    """For which host to write the workflow: the one that the remote's address speaks of, else the most common one."""
    return "gitlab" if "gitlab" in (git.remote_url() or "") else "github"


def _files(place: _Place, world: World, identity: Identity, name: str, ci: str) -> dict[str, bytes]:
    """Every file of a workspace, by path, as it would be written here."""
    handle = handle_for(identity)
    id_ = new_id(int(world.now().timestamp() * 1000), world.entropy(10))
    facts: dict[str, scaffold.Given] = {
        "id": id_,
        "name": name,
        "main": place.main,
        "timezone": _local_zone(world.env),
        "version": __version__,
        # Spread over the hour by the workspace's own id, and never on the hour.
        "minute": 1 + sum(id_.encode()) % 28,
    }
    person: dict[str, scaffold.Given] = {
        "person": identity.name,
        "email": identity.email,
        "handle": handle,
        "key": next((key.public for key in found(place.git.config("user.signingkey"), world.env)), ""),
    }
    piece = {"id": new_id(int(world.now().timestamp() * 1000) + 1, world.entropy(10)), "title": f"Welcome to {name}"}
    texts = {settings.NAME: scaffold.fill_workspace("expertpost.toml", facts)}
    judged = settings.read_config(_config_here(place.root) or texts[settings.NAME].encode())
    if not any((place.root / "people").glob("*.md")):
        texts[f"people/{handle}.md"] = scaffold.fill_workspace("person.md", person)
    if not any((place.root / "drafts").glob("**/*.md")):
        texts["drafts/welcome.md"] = scaffold.fill_workspace("welcome.md", {**person, **piece})
    if not any((place.root / "templates").glob("*.md.j2")):
        texts |= {f"templates/{kind}.md.j2": packaged(f"{kind}.md.j2") for kind in Kind}
    editor: dict[str, scaffold.Given] = {"content_types": content_types(judged), "schema": front_matter_schema(judged)}
    for path, template in _PLAIN.items():
        texts[path] = scaffold.fill_workspace(template, {**facts, **editor})
    texts |= {path: scaffold.fill_workspace(template, facts) for path, template in CI[ci].items()}
    return {path: text.encode() for path, text in texts.items()}


_PLAIN = {
    "policy-tests.toml": "policy-tests.toml",
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    ".vscode/settings.json": "editor/settings.json",
    ".vscode/extensions.json": "editor/extensions.json",
    ".vscode/piece.schema.json": "editor/piece.schema.json",
    ".remarkrc.yaml": "editor/remarkrc.yaml",
}


def _config_here(root: Path) -> bytes | None:
    try:
        return (root / settings.NAME).read_bytes()
    except FileNotFoundError:
        return None


def _name_here(root: Path) -> str:
    content = _config_here(root)
    return settings.read_config(content).name if content else ""


def handle_for(identity: Identity) -> str:
    """The handle that a person gets by default, made from their name or mail address."""
    from slugify import slugify

    return slugify(identity.name, max_length=40) or slugify(identity.email.partition("@")[0], max_length=40) or "me"


def _local_zone(env: Mapping[str, str]) -> str:
    """The IANA name of this machine's time zone; UTC where it cannot be told."""
    told = env.get("TZ", "").lstrip(":") or Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    try:
        return zone(told).key if told else "UTC"
    except BadMoment:
        return "UTC"


def _write(place: _Place, files: Mapping[str, bytes], identity: Identity, world: World, undo: ExitStack) -> None:
    make_folder(place.root, undo)
    for path, content in files.items():
        put_new(place.root / path, content, undo)
    git = Git(place.root, world.env)
    if place.fresh:
        undo.callback(remove_tree, place.root / ".git")
        git.run("init", "--quiet", "--template=", f"--initial-branch={place.main}", ".")
    if place.unborn and files:
        # The first piece stays a draft: like every other it becomes part of main by a review.
        kept = {path: content for path, content in files.items() if not path.startswith("drafts/")}
        entries = [Entry(path, blob_id(content), len(content)) for path, content in kept.items()]
        commit = write_commit(git, kept, "workspace: begin\n", identity, world.now(), base=None)
        if git.move_refs({f"refs/heads/{place.main}": (commit, None)}):
            stage_identical(git, entries)
