"""The auditor's verb: prove, and prove --check."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import finding_json, note, print_json, say, world
from expertpost.errors import Exit, Failure

if TYPE_CHECKING:
    from expertpost.flows.proof_check import Checked


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    app.command()(prove)


def prove(
    ref: Annotated[str, typer.Argument(metavar="[REF|URL]", help="Which piece, or the address of a copy")] = "",
    out: Annotated[str, typer.Option(metavar="DIR", help="Where to; without it, build/proofs/SLUG")] = "",
    check: Annotated[str, typer.Option(metavar="DIR", help="Check a bundle instead of making one")] = "",
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nothing (this verb never does)")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Show a third party who approved a text and where it went: a folder that anybody can check."""
    if check:
        from expertpost.flows.proof_check import check as look

        _checked(look(world(), check), as_json=as_json)
        return
    if not ref:
        raise Failure("XP-PROVE-REF", "say which piece", "expertpost prove SLUG, or --check DIR", exit_code=Exit.USAGE)
    from expertpost.flows.prove import prove as pack

    done = pack(world(), ref, out)
    if as_json:
        print_json(
            "expertpost.prove/1",
            {
                "folder": str(done.folder),
                "piece": done.piece,
                "slug": done.slug,
                "digest": done.digest,
                "commit": done.commit,
                "approved_by": list(done.approved_by),
                "missing": list(done.missing),
                "signed_workspace": done.signed,
                "unsigned": done.unsigned,
                "copies": list(done.copies),
                "checksum": done.checksum,
            },
        )
    else:
        say(f"{done.title}: packed into {done.folder}")
        say(f"  text {done.digest[:12]}, {_approved(done.approved_by, done.missing)}")
        for copy in done.copies:
            say(f"  went to {copy}")
        _unsigned(done.unsigned, signed=done.signed)
        say(f"Give this checksum along by another way: {done.checksum}")
        say(f"Anybody checks it with: sh {done.folder}/verify.sh")
    if done.missing:
        raise typer.Exit(Exit.FINDINGS)


def _approved(by: tuple[str, ...], missing: tuple[str, ...]) -> str:
    return f"NOT approved: {'; '.join(missing)}" if missing else f"approved by {', '.join(by) or 'adoption'}"


def _unsigned(count: int, *, signed: bool) -> None:
    if count:
        note(f"  {count} of the approvals unsigned: a name without a key is only what somebody typed")
    elif not signed:
        note("  Unsigned approvals count in this workspace; the ones of this text are signed")


def _checked(found: "Checked", *, as_json: bool) -> None:
    if as_json:
        print_json(
            "expertpost.prove-check/1",
            {
                "folder": str(found.folder),
                "piece": found.piece,
                "digest": found.digest,
                "approved_by": list(found.approved_by),
                "missing": list(found.missing),
                "unsigned": found.unsigned,
                "checksum": found.checksum,
                "findings": [finding_json(finding) for finding in found.findings],
            },
        )
    elif found.findings:
        for finding in found.findings:
            say(str(finding))
    else:
        say(f"{found.title}: nothing contradicts this bundle")
        say(f"  text {found.digest[:12]}, {_approved(found.approved_by, found.missing)}")
        _unsigned(found.unsigned, signed=True)
        say(f"  checksum {found.checksum}")
    if found.findings or found.missing:
        raise typer.Exit(Exit.FINDINGS)
