"""Who is listed and with which keys: person list, show, add, rotate, leave and revoke."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import finding_json, note, print_json, say, table, world
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.person import Listed
    from expertpost.flows.person_change import Proposed

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing (this verb never does)")]
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="Who: the name of their file under people/")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    person = typer.Typer(help="Show and change who is listed in people/", no_args_is_help=True)
    person.command("list")(list_)
    person.command()(show)
    person.command()(add)
    person.command()(rotate)
    person.command()(leave)
    person.command()(revoke)
    app.add_typer(person, name="person")


def list_(as_json: AsJson = False) -> None:
    """List everyone, with roles and keys."""
    from expertpost.flows.person import list_ as look

    found = look(world())
    if as_json:
        findings = [finding_json(finding) for finding in found.findings]
        print_json("expertpost.person-list/1", {"people": [_value(one) for one in found.people], "findings": findings})
        return
    table(("handle", "name", "roles", "keys"), [_row(one) for one in found.people])
    for finding in found.findings:
        note(str(finding))


def _row(one: "Listed") -> tuple[str, ...]:
    keys = ", ".join(f"{key.kind} ({key.state})" for key in one.keys) or "none: cannot sign"
    left = f" (left {one.person.left.isoformat()})" if one.person.left else ""
    return one.person.handle, one.person.name + left, ", ".join(one.person.roles), keys


def _value(one: "Listed") -> dict[str, Json]:
    return {
        "handle": one.person.handle,
        "name": one.person.name,
        "emails": list(one.person.emails),
        "roles": list(one.person.roles),
        "topics": list(one.person.topics),
        "left": one.person.left.isoformat() if one.person.left else None,
        "signs": one.signs,
        "keys": [
            {
                "key": key.key.key,
                "kind": key.kind,
                "fingerprint": key.fingerprint,
                "state": key.state,
                "valid_after": key.key.valid_after.isoformat() if key.key.valid_after else None,
                "valid_before": key.key.valid_before.isoformat() if key.key.valid_before else None,
                "proven": key.proven,
            }
            for key in one.keys
        ],
    }


def show(handle: Annotated[str, typer.Argument(metavar="[HANDLE]")] = "", as_json: AsJson = False) -> None:
    """Show one person: without HANDLE, yourself."""
    from expertpost.flows.person import show as look

    found = look(world(), handle)
    if as_json:
        print_json("expertpost.person-show/1", _value(found))
        return
    person = found.person
    say(f"{person.name} ({person.handle})")
    says = {"mail": person.emails, "roles": person.roles, "topics": person.topics}
    for name, words in says.items():
        if words:
            say(f"  {name}: {', '.join(words)}")
    if person.left:
        say(f"  left on {person.left.isoformat()}")
    for key in found.keys:
        until = f" until {key.key.valid_before.isoformat()}" if key.key.valid_before else ""
        say(f"  key: {key.fingerprint}  {key.kind}, {key.state}{until}{'' if key.proven else ', without a proof'}")
    if not found.keys:
        say("  no key: nothing they decide is signed")


def add(
    handle: Handle,
    name: Annotated[str, typer.Option(help="Their name, for a new entry")] = "",
    email: Annotated[list[str] | None, typer.Option(help="A mail address; can be given more than once")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role, such as editor; more than once")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="A topic they know about; more than once")] = None,
    key: Annotated[str, typer.Option(metavar="FILE", help="A key that can sign on this machine")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose somebody, or more about somebody who is listed."""
    from expertpost.flows.person_change import Wanted
    from expertpost.flows.person_change import add as propose

    wanted = Wanted(name, tuple(email or ()), tuple(role or ()), tuple(topic or ()), key)
    _told(propose(world(), handle, wanted, dry_run=dry_run), "add", as_json=as_json, dry_run=dry_run)


def rotate(
    key: Annotated[str, typer.Option(metavar="FILE", help="The new key; without it, the first here not listed")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="When the old keys end; without it, in 14 days")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose another key for yourself; the ones before it end."""
    from expertpost.flows.person_change import rotate as propose

    _told(propose(world(), key, until, dry_run=dry_run), "rotate", as_json=as_json, dry_run=dry_run)


def leave(
    handle: Handle,
    at: Annotated[str, typer.Option(metavar="TIME", help="From when on; without it, now")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose that somebody has left: what they approved before stays approved."""
    from expertpost.flows.person_change import leave as propose

    _told(propose(world(), handle, at, dry_run=dry_run), "leave", as_json=as_json, dry_run=dry_run)


def revoke(
    handle: Handle,
    key: Annotated[list[str] | None, typer.Option(help="The beginning of a fingerprint; more than once")] = None,
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose that a key is in wrong hands: nothing it ever signed counts any more, unless it is out already."""
    from expertpost.flows.person_change import revoke as propose

    _told(propose(world(), handle, key or (), dry_run=dry_run), "revoke", as_json=as_json, dry_run=dry_run)


def _told(done: "Proposed", verb: str, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        print_json(
            f"expertpost.person-{verb}/1",
            {
                "handle": done.handle,
                "path": done.path,
                "branch": done.branch,
                "text": done.text,
                "did": list(done.did),
                "dry_run": dry_run,
            },
        )
        return
    say(f"{'Would propose' if dry_run else 'Proposed'} for {done.path}:")
    for line in done.did:
        say(f"  {line}")
    if done.alone:
        say(f"Nobody else is listed, so nobody has to approve it: expertpost review merge {done.handle}")
    elif done.stuck:
        say("Nobody is left who may approve it.")
        say(f"Let somebody else propose it (who is new: expertpost join), or commit {done.path} to main.")
    else:
        say(f"Somebody else who is listed approves it: expertpost review show {done.handle}")
