"""The reviewer's verbs: review list, show, comment, resolve, return, approve, withdraw, merge, log and more."""

from typing import Annotated

import typer

from expertpost.cli.hosting import gate, sync
from expertpost.cli.output import world

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing")]
Ref = Annotated[
    str, typer.Argument(metavar="REF", help="A piece: slug, path, beginning of its id, or the address of a copy")
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    review = typer.Typer(help="Look at what others wrote, and decide", invoke_without_command=True)
    review.callback()(bare)
    review.command("list")(list_)
    review.command()(show)
    review.command()(comment)
    review.command()(resolve)
    review.command("return")(return_)
    review.command()(approve)
    review.command()(withdraw)
    review.command()(merge)
    review.command()(renew)
    review.command()(log)
    review.command()(remind)
    review.command()(export)
    review.command()(sync)
    review.command()(gate)
    app.add_typer(review, name="review")


def bare(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Look at what others wrote, and decide; alone: what waits."""
    if ctx.invoked_subcommand is None:
        list_(as_json=as_json)


def list_(
    mine: Annotated[
        bool, typer.Option("--mine", help="Only what you are asked for, or what is about your topics")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits for a reviewer."""
    from expertpost.cli.listing import list_ as list_all

    list_all(mine=mine, as_json=as_json)


def show(
    ref: Ref,
    since: Annotated[
        str, typer.Option(metavar="last|main", help="Compare with what you saw or spoke of last, or with main")
    ] = "last",
    as_json: AsJson = False,
) -> None:
    """Show everything about one piece: what changed, what each channel would get, checks, and what was said."""
    from expertpost.cli.reviewing import show as show_one
    from expertpost.flows.since import Since

    if since not in list(Since):
        raise typer.BadParameter(f"{since!r} is neither last nor main", param_hint="--since")
    show_one(ref, since=Since(since), as_json=as_json)


def comment(
    ref: Ref,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you say")],
    line: Annotated[int | None, typer.Option(min=1, help="The line of the file that it is about")] = None,
    reply: Annotated[str, typer.Option(metavar="ID", help="The comment that you answer")] = "",
    private: Annotated[bool, typer.Option("--private", help="Only reviewers are shown it")] = False,
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say something about a piece."""
    from expertpost.cli.recorded import said
    from expertpost.flows.review_say import comment as write

    done = write(world(), ref, text, line or 0, reply, private=private, dry_run=dry_run)
    said(done, as_json=as_json, dry_run=dry_run)


def resolve(
    ref: Ref,
    comment_id: Annotated[str, typer.Argument(metavar="ID", help="The comment that is settled, by its id's beginning")],
    message: Annotated[str, typer.Option(help="How it was settled")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Settle a comment and what was answered to it; another answer opens it again."""
    from expertpost.cli.recorded import said
    from expertpost.flows.review_say import resolve as settle

    said(settle(world(), ref, comment_id, message, dry_run=dry_run), as_json=as_json, dry_run=dry_run)


def return_(
    ref: Ref,
    text: Annotated[str, typer.Argument(metavar="[REASON]", help="What has to change")] = "",
    reason: Annotated[str, typer.Option(help="What has to change, as an option")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send a piece back to its author, with the reason."""
    from expertpost.cli.recorded import said
    from expertpost.flows.review_say import return_ as send_back

    said(send_back(world(), ref, text or reason, dry_run=dry_run), as_json=as_json, dry_run=dry_run)


def approve(
    ref: Ref,
    message: Annotated[str, typer.Option(help="A word about it")] = "",
    channel: Annotated[
        list[str] | None, typer.Option(help="Only for this channel; can be given more than once")
    ] = None,
    digest: Annotated[str, typer.Option(help="The text you read, where you read it elsewhere")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Approve exactly the text that you were shown."""
    from expertpost.cli.recorded import approve as agree

    agree(
        ref, message=message, channels=channel or (), digest=digest, no_input=no_input, dry_run=dry_run, as_json=as_json
    )


def withdraw(
    ref: Ref,
    message: Annotated[str, typer.Option(help="Why")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take your approval back; what went out already stays out."""
    from expertpost.cli.recorded import said
    from expertpost.flows.review_say import withdraw as take_back

    said(take_back(world(), ref, message, dry_run=dry_run), as_json=as_json, dry_run=dry_run)


def merge(ref: Ref, no_input: NoInput = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Make what is approved part of the shared workspace: from then on it may be published."""
    from expertpost.cli.recorded import merge as bring_in

    bring_in(ref, dry_run=dry_run, as_json=as_json)


def renew(
    digest: Annotated[str, typer.Option(help="The posts you read: the name that --dry-run gave them")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Approve again what channels would get otherwise since an upgrade or a setting, the texts being the same."""
    from expertpost.cli.renewing import renewed

    renewed(digest, no_input=no_input, as_json=as_json, dry_run=dry_run)


def log(ref: Ref, as_json: AsJson = False) -> None:
    """Tell who said and did what about a piece, when, and whether it is signed."""
    from expertpost.cli.conversation import log as tell

    tell(ref, as_json=as_json)


def remind(no_input: NoInput = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Have everyone reminded who is asked for a review, at most once a day; the next publish sends it."""
    from expertpost.cli.conversation import remind as ask

    ask(dry_run=dry_run, as_json=as_json)


def export(
    ref: Ref,
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to; - prints it; without it, beside you")] = "",
    as_json: AsJson = False,
) -> None:
    """Write everything about one piece into one HTML file, to read in a browser or mail."""
    from expertpost.cli.export import export as write

    write(ref, out, as_json=as_json)
