"""What the tests of submitting share: a long draft, and looks at what the remote has."""

from tests.flows.organisation import Colleague

LONG = "\n\n".join(f"Paragraph {number} says something of its own." for number in range(9))


def shared(person: Colleague, branch: str = "review/torque", path: str = "drafts/torque.md") -> str:
    """A file of a shared branch, as the remote has it now."""
    person.run("fetch", "--quiet", "origin")
    return person.run("show", f"origin/{branch}:{path}")


def branches(person: Colleague) -> set[str]:
    """The branches that the remote has."""
    return {line.split("refs/heads/")[1] for line in person.run("ls-remote", "--heads", "origin").splitlines()}


def by_hand(bob: Colleague, old: str, new: str) -> None:
    """Bob edits the review branch with plain git."""
    bob.run("fetch", "--quiet", "origin")
    bob.run("checkout", "--quiet", "-B", "review/torque", "origin/review/torque")
    text = (bob.clone / "drafts/torque.md").read_text()
    assert old in text
    bob.write("drafts/torque.md", text.replace(old, new))
    bob.push("Bob's words", "review/torque")
