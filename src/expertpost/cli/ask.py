"""The verb of whoever has a question, and of whoever gets one: ask."""

from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from expertpost.cli.output import interactive, print_json, say, world

if TYPE_CHECKING:
    # typer brings its own copy of click; this is for the type checker only.
    from typer._click.core import Context

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done")]
Ref = Annotated[str, typer.Argument(metavar="ID", help="The question: its id, or the end or beginning of that")]
_NEW = "new"


class _Group(TyperGroup):
    """``ask "QUESTION"`` is ``ask new "QUESTION"``: a question has a blank or ? in it, no verb has."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Put the verb in front of a bare question."""
        bare = args and args[0] not in self.commands and args[0] not in ctx.help_option_names
        if bare and any(" " in word.strip() or word.endswith("?") for word in args):
            args = [_NEW, *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    asks = typer.Typer(
        cls=_Group,
        help='Ask who knows, and answer. A question in quotes is asked: expertpost ask "Which seal survives steam?"',
        no_args_is_help=True,
    )
    for name, verb in (
        (_NEW, ask), ("list", list_), ("show", show), ("answer", answer), ("route", route), ("decline", decline),
        ("duplicate", duplicate),
    ):  # fmt: skip
        asks.command(name)(verb)
    app.add_typer(asks, name="ask")


def ask(
    question: Annotated[str, typer.Argument(metavar='"QUESTION"', help="On its first line; more lines explain it")],
    audience: Annotated[list[str] | None, typer.Option(help="Who may read it and its answer; repeatable")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="What it is about; repeatable")] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nothing")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Look for an answer; where there is none, ask those who may know.

    Without "new" it is the same: expertpost ask "Which seal survives steam?"
    """
    from expertpost.cli.questions import known, outcome, outcome_value, wants_more
    from expertpost.flows.ask import ask as put

    asks = interactive(no_input) and not as_json and not dry_run
    done = put(world(), question, audience or (), topic or (), wants_more if asks else None, dry_run=dry_run)
    if as_json:
        print_json("expertpost.ask/1", {**outcome_value(done), "dry_run": dry_run})
        return
    if not asks or done.known.same:
        known(done.known)
    outcome(done, dry_run=dry_run)


def list_(
    mine: Annotated[bool, typer.Option("--mine", help="Only what you asked, or what is with you")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what is answered or taken back")] = False,
    audience: Annotated[list[str] | None, typer.Option(help="Only what these readers may read; repeatable")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is asked, and who has it."""
    from expertpost.cli.questions import listed, listed_value
    from expertpost.flows.ask_list import list_ as look

    found = look(world(), mine=mine, everything=everything, audience=audience or ())
    if as_json:
        print_json("expertpost.ask-list/1", listed_value(found))
    else:
        listed(found, mine=mine)


def show(ref: Ref, as_json: AsJson = False) -> None:
    """Show a question, who has it and why, and what was said about it."""
    from expertpost.cli.questions import shown, shown_value
    from expertpost.flows.ask_list import show as look

    found = look(world(), ref)
    if as_json:
        print_json("expertpost.ask-show/1", shown_value(found))
    else:
        shown(found)


def answer(ref: Ref, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Begin the answer: a draft that closes the question when it is merged."""
    from expertpost.flows.ask_answer import answer as begin

    made = begin(world(), ref, dry_run=dry_run)
    draft, question = made.draft, made.matter.question
    if as_json:
        told = {"question": question.id, "path": draft.path, "id": draft.id, "slug": draft.slug, "title": draft.title}
        print_json("expertpost.ask-answer/1", {**told, "dry_run": dry_run})
        return
    for slug in made.matter.begun:
        say(f"Somebody's answer is under review already: expertpost review show {slug}")
    if dry_run:
        say(f"Would write {draft.path}:")
        say(draft.text)
        return
    say(f"Wrote {draft.path}")
    say(f"Write the answer there. Next: expertpost check {draft.slug}, expertpost submit {draft.slug}")


def route(
    ref: Ref,
    to: Annotated[list[str], typer.Option(metavar="HANDLE", help="Who may know; up to three, repeatable")],
    message: Annotated[str, typer.Option("--message", "-m", help="Why")] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a question to somebody else."""
    from expertpost.cli.questions import told
    from expertpost.flows.ask_say import route as give

    told(give(world(), ref, to, message, dry_run=dry_run), as_json=as_json, dry_run=dry_run)


def decline(
    ref: Ref,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever asked")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say that you cannot answer; your own question you take back with it."""
    from expertpost.cli.questions import told
    from expertpost.flows.ask_say import decline as refuse

    told(refuse(world(), ref, reason, dry_run=dry_run), as_json=as_json, dry_run=dry_run)


def duplicate(
    ref: Ref,
    of: Annotated[str, typer.Option(metavar="OF", help="The question that asks the same, or the piece that answers")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say that it was asked before, or that a piece answers it."""
    from expertpost.cli.questions import told
    from expertpost.flows.ask_say import duplicate as tie

    told(tie(world(), ref, of, dry_run=dry_run), as_json=as_json, dry_run=dry_run)
