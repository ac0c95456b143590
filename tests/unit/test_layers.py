"""The layers of the house, read from the imports themselves."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from expertpost.cli import VERBS

SOURCE = Path(__file__).parents[2] / "src"

# Layer → the other layers it may import. "" is the package itself, which holds the version only.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "errors": frozenset(),
    "model": frozenset({"errors"}),
    "render": frozenset({"model", "errors"}),
    "store": frozenset({"render", "model", "errors"}),
    "publishers": frozenset({"render", "model", "errors"}),
    "finder": frozenset({"render", "model", "errors"}),
    "hosts": frozenset({"publishers", "model", "errors"}),
    "checks": frozenset({"render", "model", "errors"}),
    "web": frozenset({"render", "model", "errors"}),
    "flows": frozenset({"store", "hosts", "publishers", "finder", "checks", "render", "model", "errors", ""}),
    "cli": frozenset({"flows", "web", "render", "model", "errors", ""}),
    "testing": frozenset({"publishers", "store", "render", "model", "errors"}),
    "__main__": frozenset({"cli", "errors", ""}),
}

# The exceptions: a flow that builds or serves pages may call the room that makes them.
ALSO_MAY_IMPORT: dict[str, frozenset[str]] = {
    "expertpost.flows.site": frozenset({"web"}),
    "expertpost.flows.site_beside": frozenset({"web"}),
    "expertpost.flows.site_build": frozenset({"web"}),
    "expertpost.flows.site_worker": frozenset({"web"}),
}

STANDARD_LIBRARY_ONLY = ("errors", "model")

# A host is one floor above the publishers: it borrows their transport and their way with secrets, and nothing else.
HOSTS_BORROW = frozenset({"expertpost.publishers.http", "expertpost.publishers.secrets"})

# Outside module → where it may be imported; a trailing dot means the package and everything below it.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "git": ("expertpost.store.git",),
    "gitdb": ("expertpost.store.git",),
    "subprocess": ("expertpost.store.git", "expertpost.store.keys", "expertpost.hosts.token", "expertpost.cli."),
    "pty": (),
    "httpx2": ("expertpost.publishers.",),
    "httpx": (),
    # It signs what tweepy says, and is the form of an answer that python-gitlab reads; nothing goes out by it.
    "requests": ("expertpost.publishers.x_client", "expertpost.publishers.apprise", "expertpost.hosts.gitlab"),
    "apprise": ("expertpost.publishers.apprise",),
    "github": ("expertpost.hosts.github", "expertpost.hosts.registry"),
    "gitlab": ("expertpost.hosts.gitlab", "expertpost.hosts.registry"),
    "urllib3": (),
    "aiohttp": (),
    "urllib.request": ("expertpost.publishers.",),
    "http.client": ("expertpost.publishers.",),
    "smtplib": ("expertpost.publishers.",),
    "imaplib": ("expertpost.publishers.",),
    "tweepy": ("expertpost.publishers.",),
    "http.server": ("expertpost.web.", "expertpost.testing."),
    "typer": ("expertpost.cli.",),
    "click": ("expertpost.cli.",),
    "rich": ("expertpost.cli.",),
    "sqlalchemy": ("expertpost.store.",),
    "psycopg": (),
    "sqlite3": ("expertpost.store.", "expertpost.finder."),
}


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement: who imports what, and at which line."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


Judge = Callable[[list[Import]], list[str]]


def module_name(file: Path, source: Path) -> str:
    """``src/expertpost/store/git.py`` → ``expertpost.store.git``; a package has the name of its folder."""
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(file: Path, source: Path, modules: frozenset[str]) -> Iterator[Import]:
    """Every import in a file, at its top, inside functions or only for the type checker."""
    name = module_name(file, source)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                named = whole if whole in modules or not base.startswith("expertpost") else base
                yield Import(name, named, node.lineno)


def read_imports(source: Path) -> list[Import]:
    """Every import of every module below a source folder."""
    files = sorted(source.rglob("*.py"))
    modules = frozenset(module_name(file, source) for file in files)
    return [found for file in files for found in imports_of(file, source, modules)]


def layer(module: str) -> str:
    """``expertpost.store.git`` → ``store``."""
    return module.partition(".")[2].partition(".")[0]


def is_ours(module: str) -> bool:
    """Whether a module belongs to the product."""
    return module == "expertpost" or module.startswith("expertpost.")


def lies_in(module: str, place: str) -> bool:
    """Whether a module is the place, or below it where the place ends with a dot."""
    return module == place.rstrip(".") or (place.endswith(".") and module.startswith(place))


def upward(imports: list[Import]) -> list[str]:
    """Imports between layers that do not point down."""
    return [
        str(found)
        for found in imports
        if is_ours(found.imported)
        and layer(found.importer) != layer(found.imported)
        and layer(found.imported) not in MAY_IMPORT[layer(found.importer)]
        and layer(found.imported) not in ALSO_MAY_IMPORT.get(found.importer, frozenset())
    ]


def misplaced(imports: list[Import]) -> list[str]:
    """Imports of an outside module in a room that has no business with it."""
    return [
        str(found)
        for found in imports
        for module, places in ONLY_IN.items()
        if lies_in(found.imported, f"{module}.") and not any(lies_in(found.importer, place) for place in places)
    ]


def foreign(imports: list[Import]) -> list[str]:
    """Imports that are neither ours nor the standard library's, in the layers that need nothing else."""
    return [
        str(found)
        for found in imports
        if layer(found.importer) in STANDARD_LIBRARY_ONLY
        and not is_ours(found.imported)
        and found.imported.partition(".")[0] not in sys.stdlib_module_names
    ]


def cycle(imports: list[Import]) -> list[str]:
    """A ring of modules that import one another, however lazily; empty where there is none."""
    needs: dict[str, set[str]] = {}
    for found in imports:
        if is_ours(found.imported):
            needs.setdefault(found.importer, set()).add(found.imported)
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as ring:
        return list(ring.args[1])
    return []


@pytest.fixture(scope="module")
def ours() -> list[Import]:
    """The imports of the product."""
    return read_imports(SOURCE)


def test_every_layer_has_a_place_in_the_table() -> None:
    """A new top-level module or package is placed in the table of layers before it is used."""
    found = {layer(module_name(file, SOURCE)) for file in SOURCE.rglob("*.py")}

    assert set() == found - set(MAY_IMPORT)


def test_imports_point_down(ours: list[Import]) -> None:
    """A module imports only from layers below its own, so that the core never learns who calls it."""
    assert [] == upward(ours)


def test_each_outside_tool_has_one_room(ours: list[Import]) -> None:
    """Only store/git.py touches git, only publishers/ the network, only cli/ the terminal."""
    assert [] == misplaced(ours)


def test_the_core_needs_nothing_but_python(ours: list[Import]) -> None:
    """The model and the errors import the standard library only."""
    assert [] == foreign(ours)


def test_hosts_borrow_the_transport_and_nothing_else(ours: list[Import]) -> None:
    """Of the publishers, a host uses the one transport and the secrets: it knows nothing of channels."""
    borrowed = {f.imported for f in ours if layer(f.importer) == "hosts" and layer(f.imported) == "publishers"}

    assert HOSTS_BORROW == borrowed


def test_nothing_imports_the_kit(ours: list[Import]) -> None:
    """The public testing kit is for authors of publishers and ledgers; the product runs without it."""
    assert [] == [str(f) for f in ours if layer(f.imported) == "testing" and layer(f.importer) != "testing"]


def test_no_module_imports_itself_in_a_ring(ours: list[Import]) -> None:
    """No import cycles, not even with one of them hidden inside a function."""
    assert [] == cycle(ours)


@pytest.mark.parametrize(
    ("file", "code", "judge"),
    [
        ("model/piece.py", "from expertpost.store import git", upward),
        ("model/piece.py", "def f():\n    import expertpost.flows.plan", upward),
        ("store/index.py", "from expertpost.publishers.base import Publisher", upward),
        ("flows/plan.py", "from expertpost.web.site import build", upward),
        ("web/site.py", "from expertpost.flows import site", upward),
        ("flows/plan.py", "import subprocess", misplaced),
        ("flows/plan.py", "from urllib import request", misplaced),
        ("flows/plan.py", "from rich.table import Table", misplaced),
        ("store/index.py", "import git", misplaced),
        ("model/piece.py", "import yaml", foreign),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, file: str, code: str, judge: Judge) -> None:
    """Each of these imports is a breach, and the rule above finds it."""
    for other in ("store/git.py", "flows/plan.py", "flows/site.py", "web/site.py", "publishers/base.py", file):
        path = tmp_path / "expertpost" / other
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    (tmp_path / "expertpost" / file).write_text(code, encoding="utf-8")

    assert 1 == len(judge(read_imports(tmp_path)))


def test_a_hidden_ring_is_seen(tmp_path: Path) -> None:
    """Two modules that need each other are a ring, though one waits for its call."""
    package = tmp_path / "expertpost" / "model"
    package.mkdir(parents=True)
    (package / "piece.py").write_text("from expertpost.model import post", encoding="utf-8")
    (package / "post.py").write_text("def f():\n    from expertpost.model.piece import Piece", encoding="utf-8")

    assert {"expertpost.model.piece", "expertpost.model.post"} == set(cycle(read_imports(tmp_path)))


@pytest.mark.parametrize("module", sorted(set(VERBS.values())))
def test_help_loads_nothing_of_what_the_verbs_do(module: str) -> None:
    """A file of verbs imports no store, publisher or renderer before a verb is called: help answers at once."""
    rooms = {"store", "publishers", "render", "web"}
    code = f"import sys, expertpost.cli.{module}; print(*(n for n in sys.modules if {rooms} & {{*n.split('.')[1:2]}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [] == [name for name in done.stdout.split() if name.startswith("expertpost.")]
