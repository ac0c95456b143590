"""The command line: the only place that prints. Only the file of the called verb is imported."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from expertpost.cli import plain
from expertpost.errors import Exit, Failure

VERBS = {
    "init": "author",
    "new": "author",
    "preview": "author",
    "status": "author",
    "import": "check",
    "check": "check",
    "join": "author_review",
    "submit": "author_review",
    "unsubmit": "author_review",
    "review": "reviewer",
    "policy": "policy",
    "person": "person",
    "plan": "operator",
    "publish": "operator",
    "calendar": "calendar",
    "hold": "after",
    "release": "after",
    "update": "after",
    "republish": "after",
    "retract": "after",
    "outbox": "outbox",
    "ledger": "ledger",
    "prove": "prove",
    "channels": "channels",
    "plugin": "plugin",
    "doctor": "doctor",
    "site": "site",
    "experts": "reader",
    "search": "finding",
    "ask": "ask",
    "digest": "digest",
    "confirm": "keeping",
    "stale": "keeping",
    "insights": "insights",
}
"""Each verb and the module of this package that registers it."""

HELP = "Experts write, the right people review, and the result reaches colleagues, suppliers, customers and the public."
EPILOG = "A first piece: expertpost new, check, preview, submit. Where things stand: expertpost status"


def run(argv: Sequence[str]) -> int:
    """Carry out one command line and answer with its exit code (see ``errors.Exit``)."""
    try:
        return _run(argv)
    except BrokenPipeError:
        # Whoever read our output has gone: what is left in the buffer must not raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except (KeyboardInterrupt, Exception) as stopped:  # noqa: BLE001 – the one place where a bug of ours is told
        return _told(stopped, as_json="--json" in argv)


def _told(stopped: BaseException, *, as_json: bool) -> int:
    """Say what stopped a verb; the exit code."""
    from expertpost.cli import output

    match stopped:
        case Failure():
            output.failed(stopped, as_json=as_json)
            return stopped.exit_code
        case _ if output.was_interrupted(stopped):
            output.note("Interrupted. Nothing is lost; run the command again to go on.")
            return Exit.INTERRUPTED
        case OSError():
            output.failed(output.failure_of(stopped), as_json=as_json)
        case _:
            output.bug(stopped)
    return Exit.FAILED


def _run(argv: Sequence[str]) -> int:
    try:
        if not plain.done(argv):
            _parsed(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else Exit.DONE
    return Exit.DONE


def _parsed(argv: Sequence[str]) -> None:
    """Carry out a command line that needs a parser. Raises SystemExit."""
    import typer

    app = typer.Typer(
        name="expertpost",
        help=HELP,
        epilog=EPILOG,
        no_args_is_help=True,
        # Coloured help costs half as much again as the rest of the start: only where somebody can see the colours.
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def top(
        ctx: typer.Context,
        version: bool = typer.Option(False, "--version", help="Show the version and exit", is_eager=True),
    ) -> None:
        if version:
            from expertpost import __version__

            typer.echo(f"expertpost {__version__}")
            ctx.exit()

    for module in _modules(argv):
        import_module(f"expertpost.cli.{module}").register(app)
    app(args=list(argv), prog_name="expertpost")


def _modules(argv: Sequence[str]) -> tuple[str, ...]:
    """The module of the verb that is called; all of them for help, completion and unknown verbs."""
    verb = next((word for word in argv if not word.startswith("-")), "")
    return (VERBS[verb],) if verb in VERBS else tuple(dict.fromkeys(VERBS.values()))
