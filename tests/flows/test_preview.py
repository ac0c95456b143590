"""preview: exactly what each channel and site would get of a piece."""

from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, SETTINGS, TORQUE, Colleague, organisation, piece

from expertpost.errors import Exit, Failure, Problems
from expertpost.flows.posts import offers
from expertpost.flows.preview import open_glass
from expertpost.render.preview import Preview, View
from expertpost.store.workspace import find

CHANNELS = """
[sites.outside]
readers = ["public"]
base_url = "https://experts.acme.example/"

[channels.supplier-mail]
publisher = "email"
readers = ["suppliers"]
host = "smtp.acme.example"
port = 587
sender = "experts@acme.example"
recipients = ["bea@supplier.example"]

[channels.inside-hook]
publisher = "webhook"
readers = ["colleagues"]
url = "https://hook.acme.example/in"
secret = { env = "HOOK_SECRET" }
"""
BODY = """\
For all.

::: colleagues
Only for us.
:::

::: suppliers
Only for suppliers.
:::

![A wrench](wrench.png)"""


@pytest.fixture
def anna(tmp_path: Path) -> Colleague:
    """Anna with a public piece, in a workspace with two channels and two sites."""
    person = organisation(tmp_path, settings=SETTINGS + CHANNELS).people["anna"]
    person.write("drafts/torque/index.md", piece(body=BODY, audience="[public]"))
    (person.clone / "drafts/torque/wrench.png").write_bytes(b"\x89PNG fake")
    return person


def look(person: Colleague, ref: str = "torque", only: str = "") -> Preview:
    """What ``preview`` shows."""
    return open_glass(person.world, ref, only).look()


def views(person: Colleague) -> dict[str, View]:
    """Place → what it would get."""
    return {view.name: view for view in look(person).views}


def everything(view: View) -> str:
    """All text that a place would get."""
    return "\n".join((*(part.text for part in view.parts), *(text for _, text in view.fields), view.link))


def test_each_place_gets_what_its_readers_may_read(anna: Colleague) -> None:
    """The cut is applied for every place by itself: nothing narrower reaches wider readers."""
    found = {name: everything(view) for name, view in views(anna).items()}

    assert all("For all." in text for text in found.values())
    assert {"inside-hook", "inside"} == {name for name, text in found.items() if "Only for us" in text}
    assert {"supplier-mail", "inside-hook", "inside"} == {
        name for name, text in found.items() if "Only for suppliers" in text
    }


def test_it_is_what_publishing_sends(anna: Colleague) -> None:
    """The digest of each post is that of the function which approve and publish use."""
    here = find(anna.clone, anna.env).here
    posts = {
        offer.channel.name: offer.post.digest if offer.post else ""
        for offer in offers(here.config, here.people, next(here.pieces()))
    }

    assert posts == {name: view.digest for name, view in views(anna).items() if name in posts}


def test_a_place_that_gets_nothing_says_why(anna: Colleague) -> None:
    """Readers outside of the audience get nothing, and the reason names both."""
    anna.write("drafts/torque/index.md", piece(body=BODY, audience="[colleagues]"))
    mail = views(anna)["supplier-mail"]

    assert not mail.goes
    assert () == mail.parts
    assert "suppliers" in mail.why
    assert "colleagues" in mail.why


def test_pictures_and_addresses(anna: Colleague) -> None:
    """What goes along is listed with its text for those who cannot see it; the page's address stands in full."""
    found = views(anna)

    assert ["wrench.png"] == [media.source for media in found["outside"].media]
    assert "https://experts.acme.example/pieces/torque.html" == found["outside"].link
    assert "https://experts.acme.example/pieces/torque.html" in everything(found["supplier-mail"])


@pytest.mark.parametrize(
    "ref",
    ["torque", "drafts/torque", "./drafts/torque/index.md", "drafts/torque/index.md", TORQUE, TORQUE[:20].lower()],
)
def test_every_way_to_name_a_piece(anna: Colleague, ref: str) -> None:
    """A slug, a path in any form and the beginning of the id name the same piece."""
    assert "Torque without tears" == look(anna, ref).title
    assert "Torque without tears" == look(anna, str(anna.clone / "drafts/torque/index.md")).title


def test_a_slug_in_the_front_matter(anna: Colleague) -> None:
    """The slug that counts is the written one."""
    anna.write("drafts/x.md", piece(SEALS, "Seals", slug="all-about-seals"))

    assert "Seals" == look(anna, "all-about-seals").title


def test_unknown_and_ambiguous_names(anna: Colleague) -> None:
    """A slip is answered with what was meant; a name for two pieces is not guessed."""
    with pytest.raises(Failure, match="did you mean torque") as slip:
        look(anna, "torqe")
    assert ("XP-REF-NONE", Exit.USAGE) == (slip.value.code, slip.value.exit_code)
    anna.write("drafts/one/same.md", piece(SEALS, "One"))
    anna.write("drafts/two/same.md", piece("01JD00000000000000000000X3", "Two"))
    with pytest.raises(Failure, match="XP-REF-MANY"):
        look(anna, "same")


def test_one_place_only(anna: Colleague) -> None:
    """One channel or site may be asked for; a slip is answered with what was meant."""
    assert ["supplier-mail"] == [view.name for view in look(anna, only="supplier-mail").views]
    assert ["outside"] == [view.name for view in look(anna, only="outside").views]
    with pytest.raises(Failure, match="did you mean outside"):
        look(anna, only="outsid")


def test_a_piece_with_errors(anna: Colleague) -> None:
    """What cannot be judged cannot be shown: every problem is told."""
    anna.write("drafts/torque/index.md", piece(audience="[pubic]", kind="artcle"))
    with pytest.raises(Problems) as broken:
        look(anna)

    assert {"XP-AUDIENCE", "XP-KIND"} == {finding.code for finding in broken.value.findings}
    assert Exit.FINDINGS is broken.value.exit_code


def test_a_block_that_is_never_closed(anna: Colleague) -> None:
    """What cannot be decided is shown nowhere, and the line is told."""
    anna.write("drafts/torque/index.md", piece(body="All.\n\n::: colleagues\nOpen", audience="[public]"))
    found = views(anna)

    assert not any(view.goes or "Open" in everything(view) for view in found.values())
    assert {10} == {finding.line for view in found.values() for finding in view.findings}


def test_a_channel_with_wrong_settings(anna: Colleague) -> None:
    """A channel that cannot work says so, and the others are shown all the same."""
    settings = anna.clone / "expertpost.toml"
    settings.write_text(settings.read_text().replace('url = "https://hook.acme.example/in"', "url = 7"))
    found = views(anna)

    assert not found["inside-hook"].goes
    assert found["inside-hook"].findings
    assert found["supplier-mail"].goes


def test_texts_of_ones_own(anna: Colleague) -> None:
    """A hand-written post is what the channel gets."""
    own = '{supplier-mail: "In my own words."}'
    anna.write("drafts/torque/index.md", piece(body=BODY, audience="[public]", posts=own))

    assert "In my own words." in everything(views(anna)["supplier-mail"])
    assert "In my own words." not in everything(views(anna)["inside-hook"])


def test_it_follows_the_file(anna: Colleague) -> None:
    """The same glass shows what the file says now; a file that is gone is told as such."""
    glass = open_glass(anna.world, "torque")
    anna.write("drafts/torque/index.md", piece(title="Newer", body=BODY, audience="[public]"))
    assert "Newer" == glass.look().title
    (anna.clone / "drafts/torque/index.md").unlink()
    with pytest.raises(Failure, match="gone"):
        glass.look()


def test_pictures_are_given_to_those_who_get_them(anna: Colleague) -> None:
    """A picture is there for a place that would get it, and for no other."""
    glass = open_glass(anna.world, "torque")
    assert b"\x89PNG fake" == glass.picture("outside", "wrench.png")
    narrow = "All.\n\n::: colleagues\n![A wrench](wrench.png)\n:::"
    anna.write("drafts/torque/index.md", piece(body=narrow, audience="[public]"))

    assert glass.picture("outside", "wrench.png") is None
    assert glass.picture("inside", "wrench.png") is not None
    assert glass.picture("inside", "index.md") is None
    assert glass.picture("nowhere", "wrench.png") is None
