"""A small organisation, from the first draft to the page and the mail; every step is the real command line.

    python tests/demo/demo.py build/demo

An expert, a reviewer and a runner share a bare repository; a real mail server listens on this machine. The exit code is
0 when everything that must hold holds.
"""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.demo.people import Answer, Person, Untrue

from expertpost.testing.mail_twin import MailTwin

RECIPIENTS = ("buyer@north.example", "quality@south.example")
SLUG = "torque-without-tears"
PIECE = f"drafts/{SLUG}.md"
INSIDE_ONLY = "Until May we sell what is left of the old ones"
FIRST_TEXT = f"""
A flange seal leaks after the second tightening, not after the first.
Tighten it once, in a cross, to the value on its bag.

| flange | value |
|---|---|
| DN 25 | 18 Nm |

::: colleagues
{INSIDE_ONLY}. Do not offer them for steam.
:::
"""
MISSING_ROW = "| DN 80 | 64 Nm |"
SUMMARY = "Why a seal leaks after the second tightening, and what to do instead."


@dataclass(frozen=True, slots=True)
class Town:
    """Everything there is: the people, the shared repository and the mail server."""

    folder: Path
    expert: Person
    reviewer: Person
    runner: Person
    mail: MailTwin

    @property
    def shared(self) -> str:
        """The address of the repository that they share."""
        return str(self.folder / "shared.git")


Step: TypeAlias = Callable[[Town], None]


def found(folder: Path, mail: MailTwin) -> Town:
    """An empty town in an empty folder."""
    homes = folder / "homes"

    def person(says: str, name: str, home: str) -> Person:
        return Person(says, name, f"{home}@acme.example", homes / home, folder / home)

    town = Town(
        folder,
        person("expert", "Anna Berg", "anna"),
        person("reviewer", "Ben Okafor", "ben"),
        person("runner", "Acme publishing", "runner"),
        mail,
    )
    for one in (town.expert, town.reviewer):
        one.settle_in(with_key=True)
    town.runner.settle_in(with_key=False)
    town.runner.does("git", "init", "--quiet", "--bare", "--initial-branch=main", town.shared, at=folder)
    return town


# How it is told ---------------------------------------------------------------------------------------------------


def tell(words: str) -> None:
    """A line of the story."""
    print(f"\n# {words}")


def act(who: Person, line: str, *, code: int = 0, at: Path | None = None) -> Answer:
    """Run a command line as somebody, and show it with everything that it answered."""
    print(f"\n{who.says}$ {line}")
    answer = who.does(*shlex.split(line), at=at, code=code)
    for text in (answer.out, answer.err):
        for told in text.rstrip().splitlines():
            print(f"  {told}".rstrip())
    if answer.code:
        print(f"  [exit code {answer.code}]")
    return answer


def fact(says: str, holds: bool) -> None:
    """Something that must be so. Raises Untrue."""
    if not holds:
        raise Untrue(says)
    print(f"  ✓ {says}")


# The story --------------------------------------------------------------------------------------------------------


def begin(town: Town) -> None:
    """The reviewer sets the workspace up."""
    tell("Ben sets the workspace up: settings, a mailing list for suppliers, and himself as an editor.")
    ben = town.reviewer
    act(ben, f"git clone --quiet {town.shared} {ben.at}", at=town.folder)
    act(ben, 'expertpost init --name "Acme Seals" --no-input')
    channel = f"""
[channels.supplier-mail]
publisher = "email"
readers = ["suppliers"]
host = "{town.mail.host}"
port = {town.mail.port}
sender = "experts@acme.example"
recipients = {{ file = "lists/suppliers.txt" }}
"""
    with (ben.at / "expertpost.toml").open("a", encoding="utf-8") as settings:
        settings.write(channel)
    (ben.at / "lists").mkdir()
    (ben.at / "lists" / "suppliers.txt").write_text("".join(f"{one}\n" for one in RECIPIENTS), encoding="utf-8")
    act(ben, "git add expertpost.toml lists")
    act(ben, 'git commit --quiet -m "workspace: mail for suppliers"')
    act(ben, "git push --quiet origin main")


def join(town: Town) -> None:
    """The expert joins, and is let in."""
    tell("Anna joins. Her entry under people/ is a proposal that Ben approves.")
    act(town.expert, f"expertpost join {town.shared} {town.expert.at} --no-input", at=town.folder)
    act(town.reviewer, "expertpost review list")
    act(town.reviewer, "expertpost review show anna-berg")
    act(town.reviewer, "expertpost review approve anna-berg --no-input")
    act(town.reviewer, "expertpost review merge anna-berg --no-input")


def write(town: Town) -> None:
    """The expert writes a piece for everybody, with a paragraph for colleagues only."""
    tell("Anna writes a piece. One paragraph of it is for colleagues only.")
    anna = town.expert
    act(anna, 'expertpost new "Torque without tears" --audience public --topic seals --no-input')
    piece = anna.at / PIECE
    scaffold = piece.read_text(encoding="utf-8").replace('summary: ""', f"summary: {SUMMARY}")
    front, end, _ = scaffold.rpartition("---\n")
    piece.write_text(front + end + FIRST_TEXT, encoding="utf-8")
    act(anna, f"expertpost check {SLUG}")
    shown = act(anna, f"expertpost preview {SLUG}")
    fact("the preview names the mailing list and both sites", {"supplier-mail", "inside", "outside"} <= words(shown))
    act(anna, f'expertpost submit {SLUG} --message "Ready for the December letter"')


def review(town: Town) -> None:
    """The reviewer finds something missing."""
    tell("Ben looks at it, asks a question, and sends it back.")
    ben = town.reviewer
    listed = act(ben, "expertpost review list")
    fact("the piece waits for a reviewer", SLUG in listed.out)
    act(ben, f"expertpost review show {SLUG}")
    act(ben, f'expertpost review comment {SLUG} "Does this hold for steam, too?" --no-input')
    act(ben, f'expertpost review return {SLUG} "The value for DN 80 is missing" --no-input')


def mend(town: Town) -> None:
    """The expert adds it, the reviewer approves."""
    tell("Anna reads why, adds the value and submits again. Ben approves exactly this text and merges it.")
    anna, ben = town.expert, town.reviewer
    status = act(anna, "expertpost status --mine")
    fact("Anna sees what Ben asked for", "DN 80" in status.out)
    piece = anna.at / PIECE
    text = piece.read_text(encoding="utf-8")
    piece.write_text(text.replace("| DN 25 | 18 Nm |", f"| DN 25 | 18 Nm |\n{MISSING_ROW}"), encoding="utf-8")
    act(anna, f"expertpost submit {SLUG} --no-input")
    act(anna, f"expertpost review approve {SLUG} --no-input", code=3)
    print("  ✓ nobody approves what they wrote themselves")
    act(ben, f"expertpost review show {SLUG}")
    act(ben, f"expertpost review approve {SLUG} --no-input")
    act(ben, f"expertpost review merge {SLUG} --no-input")


def publish(town: Town) -> None:
    """The runner builds the sites and sends the posts, twice."""
    tell("A scheduled job builds the sites and sends what is due. Run again, it does nothing.")
    runner = town.runner
    act(runner, f"git clone --quiet {town.shared} {runner.at}", at=town.folder)
    act(runner, "expertpost plan")
    act(runner, "expertpost site build")
    act(runner, "expertpost publish")
    first = received(town)
    fact("every recipient has exactly one mail", sorted(RECIPIENTS) == sorted(first))
    act(runner, "expertpost publish")
    fact("the second run sent nothing", first == received(town))
    act(runner, "expertpost outbox list")
    status = act(town.reviewer, "expertpost status")
    fact("everybody can see that it is published", "Published (1)" in status.out)


def compare(town: Town) -> None:
    """Who got to see what."""
    tell("Who got to see what:")
    inside, outside = (page(town, site).read_text(encoding="utf-8") for site in ("inside", "outside"))
    mails = [f"{one.text}\n{one.html}" for one in town.mail.arrived()]
    fact("the page for colleagues has the whole piece", MISSING_VALUE in inside and INSIDE_ONLY in inside)
    fact(
        "the site for everybody has no word of the paragraph for colleagues",
        INSIDE_ONLY not in whole(town, "outside"),
    )
    fact("the page for everybody has the rest", MISSING_VALUE in outside)
    fact("no mail has a word of it either", not any(INSIDE_ONLY in mail for mail in mails))
    fact("every mail has the rest", all(MISSING_VALUE in mail for mail in mails))


MISSING_VALUE = "64 Nm"
STORY: tuple[Step, ...] = (begin, join, write, review, mend, publish, compare)


def words(answer: Answer) -> set[str]:
    """The words of an answer."""
    return {word.strip(".,:;()[]│|") for word in answer.out.split()}


def received(town: Town) -> tuple[str, ...]:
    """Who got a mail, in the order of arrival."""
    return tuple(one.headers["envelope-to"] for one in town.mail.arrived())


def page(town: Town, site: str) -> Path:
    """The piece's page on a site."""
    return town.runner.at / "build" / "sites" / site / "pieces" / f"{SLUG}.html"


def whole(town: Town, site: str) -> str:
    """Everything that a site holds: pages, feeds, lists."""
    files = (file for file in (town.runner.at / "build" / "sites" / site).rglob("*") if file.is_file())
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def main(folder: Path) -> int:
    """Tell the whole story in a folder; 0 when every fact holds."""
    begun = time.monotonic()
    if folder.exists():
        shutil.rmtree(folder, onerror=make_writable)
    folder.mkdir(parents=True)
    with closing(MailTwin()) as mail:
        town = found(folder.resolve(), mail)
        try:
            for step in STORY:
                step(town)
        except Untrue as untrue:
            print(f"\nThe demo failed: {untrue}", file=sys.stderr)
            return 1
        tell(f"Done in {time.monotonic() - begun:.0f} seconds. The first mail as it was received:\n")
        show_mail(town)
        for site in ("inside", "outside"):
            print(f"The page on the site {site}: {page(town, site)}")
    return 0


def show_mail(town: Town) -> None:
    """The headers and the text of the first mail, and where all of it lies."""
    file = town.folder / "mail.eml"
    file.write_bytes(town.mail.raw()[0])
    arrived = town.mail.arrived()[0]
    for name in ("from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe"):
        print(f"  {name.title()}: {arrived.headers[name]}")
    for line in ("", *arrived.text.splitlines()):
        print(f"  {line}".rstrip())
    print(f"\nThe whole mail, with its HTML: {file}")


def make_writable(remove: Callable[[str], object], path: str, _error: object) -> None:
    """Git makes its objects read-only; Windows does not remove those."""
    os.chmod(path, 0o700)
    remove(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
