"""An organisation whose knowledge is looked for, and a repository beside it that tells more."""

import shutil
from pathlib import Path

from tests.flows.organisation import SEALS, SETTINGS, Clock, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import seen

from expertpost.flows.experts import Found
from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit


def reviewed(folder: Path, settings: str = SETTINGS) -> Organisation:
    """Anna wrote two pieces; Bob approved and merged them; Cem and Dora did nothing yet."""
    made = organisation(folder, "anna", "bob", "cem", "dora", settings=settings)
    anna, bob = made.people["anna"], made.people["bob"]
    anna.write("drafts/torque.md", piece(summary="How to turn.", topics="[torque]", body="Tighten bolts crosswise."))
    anna.write("drafts/seals.md", piece(SEALS, "Seals for steam", "Ethylene oxide swells rubber.", topics="[seals]"))
    submit(anna.world)
    for ref in ("torque", "seals"):
        seen(bob, ref)
        merge(bob.world, ref)
    return made


def copied(original: Organisation, folder: Path) -> Organisation:
    """A copy of an organisation for one test: reviews take longer than copying."""
    made = Organisation(folder / "acme")
    shutil.copytree(original.folder, made.folder)
    for handle, person in original.people.items():
        home, clone = (made.folder / part / handle for part in ("homes", "clones"))
        made.people[handle] = Colleague(handle, home, clone, Clock(person.clock.at))
        made.people[handle].run("remote", "set-url", "origin", str(made.remote))
    return made


def people(found: Found) -> list[str]:
    """Who was found, the likeliest first."""
    return [known.who.id for known in found.experts]


def listed(acme: Organisation, handle: str, **more: str) -> None:
    """Let a person's entry on main say more."""
    anna = pulled(acme.people["anna"])
    anna.write(f"people/{handle}.md", entry(acme.people[handle], **more))
    anna.push(f"About {handle}")


def pulled(person: Colleague) -> Colleague:
    """The person, who has just looked at what is shared."""
    person.run("fetch", "--quiet", "origin")
    person.run("reset", "--quiet", "--hard", "origin/main")
    person.hub.fetch()
    return person


def pump_history(acme: Organisation, folder: Path) -> Colleague:
    """Another repository: commits by Cem under two addresses, reviewed by Dora, with a mailmap and owners."""
    made = Colleague("cem", acme.people["cem"].home, folder / "pumps")
    made.clone.mkdir()
    made.run("init", "--quiet")
    made.write("cavitation/model.py", "1")
    made.write("CODEOWNERS", "# ours\n/cavitation/ @dora-codes dora@acme.example @acme/pumps\n")
    made.run("add", "-A")
    message = "Model cavitation in the inlet\n\nBubbles collapse.\n\nReviewed-by: Dora <Dora@acme.example>"
    made.run("commit", "--quiet", "-m", message)
    made.write(".mailmap", "Cem <cem@acme.example> <cem@laptop.example>\n")
    made.run("add", "-A")
    made.run("-c", "user.email=cem@laptop.example", "commit", "--quiet", "-m", "Impeller speed limits")
    return made
