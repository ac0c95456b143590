"""Command lines so plain that they need no parser: loading one takes longer than most verbs need for their work.

A verb, what it is about, and switches: that is how the daily verbs are mostly called. Everything else, help and wrong
command lines among it, goes to the parser, and means the same there (tests/cli/test_plain.py).
"""

from collections.abc import Sequence
from importlib import import_module

_WRITES = {"--no-input": "no_input", "--dry-run": "dry_run", "--json": "as_json"}
PLAIN = {
    ("submit",): ("sending", "submit", range(20), _WRITES),
    ("review",): ("listing", "list_", range(1), {}),
    ("review", "list"): ("listing", "list_", range(1), {"--mine": "mine", "--json": "as_json"}),
    ("review", "show"): ("reviewing", "show", range(1, 2), {"--json": "as_json"}),
    ("review", "approve"): ("recorded", "approve", range(1, 2), _WRITES),
    ("review", "merge"): ("recorded", "merge", range(1, 2), _WRITES),
    ("publish",): ("publishing", "publish", range(1), {"--dry-run": "dry_run", "--json": "as_json"}),
    ("search",): ("found", "search", range(1, 200), {"--json": "as_json"}),
    ("site", "build"): ("building", "build", range(20), {"--draft": "draft", "--json": "as_json"}),
}
"""The words of a verb: the module of this package and its function that does it, how many names it takes, and the
switches that it takes, each with its keyword."""


def done(argv: Sequence[str]) -> bool:
    """Carry the command line out, if it is plain; False, and nothing is done, where it is not."""
    if argv[:1] == ["status"]:
        from expertpost.cli.standing import PLAIN_OPTIONS, show_plain

        plain = PLAIN_OPTIONS.issuperset(argv[1:])
        if plain:
            show_plain(argv[1:])
        return plain
    verb = max((verb for verb in PLAIN if verb == tuple(argv[: len(verb)])), key=len, default=None)
    if verb is None:
        return False
    module, name, count, switches = PLAIN[verb]
    words = argv[len(verb) :]
    names = [word for word in words if not word.startswith("-")]
    given = [word for word in words if word.startswith("-")]
    if len(names) not in count or not switches.keys() >= set(given):
        return False
    does = getattr(import_module(f"expertpost.cli.{module}"), name)
    does(*names, **{keyword: switch in given for switch, keyword in switches.items()})
    return True
