"""``expertpost.toml`` is judged whole: every error with its line, unknown keys with a suggestion."""

from datetime import timedelta

import pytest

from expertpost.errors import Exit, Problems
from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.config import Config
from expertpost.store.config import read_config

GOOD = b"""
[workspace]
name = "Acme Seals"
id = "01JD0000000000000000000000"
timezone = "Europe/Berlin"

[audiences]
board = { says = "the board", includes_colleagues = false }

[sites.inside]
readers = ["colleagues"]

[sites.outside]
readers = ["public"]
base_url = "https://experts.acme.example"

[channels.supplier-mail]
publisher = "email"
readers = ["suppliers"]
host = "smtp.acme.example"
recipients = { file = "lists/suppliers.txt" }
password = { env = "SUPPLIER_SMTP_PASSWORD" }

[review]
alone = true
[[review.rules]]
audience = ["public"]
approvals = 2
roles = ["editor"]

[publish]
burst = 3

[ledger]
engine = { env = "LEDGER_URL" }
pushes_per_minute = 20
"""


def test_a_good_file_is_read_whole() -> None:
    """Audiences, sites, channels, rules, brakes and the ledger come out as written."""
    config = read_config(GOOD)
    channel = config.channels["supplier-mail"]

    assert ("Acme Seals", "Europe/Berlin") == (config.name, config.timezone)
    assert frozenset({"board"}) == config.audiences.readers_of(["board"])
    assert "https://experts.acme.example/" == config.sites["outside"].base_url
    assert {"password": SecretName(SecretKind.ENV, "SUPPLIER_SMTP_PASSWORD")} == channel.secrets
    assert {"file": "lists/suppliers.txt"} == channel.settings["recipients"]
    assert (True, 2, ("editor",)) == (
        config.review.alone,
        config.review.rules[0].approvals,
        config.review.rules[0].roles,
    )
    assert (3, timedelta(days=7)) == (config.brakes.burst, config.brakes.max_lateness)
    assert ("sql", 20) == (config.ledger.engine, config.ledger.pushes_per_minute)


def test_every_error_is_told_with_its_line() -> None:
    """Unknown keys, wrong types and unknown words all come at once, each where it stands."""
    text = b"""[workspace]
nmae = "Acme"
timezone = "Mars/Olympus"
[sites.Inside]
readers = ["colleages"]
base_url = "ftp://x"
[channels.mail]
readers = "suppliers"
[review]
alone = "yes"
"""
    with pytest.raises(Problems) as refused:
        read_config(text)

    found = [(f.line, f.what) for f in refused.value.findings]
    assert Exit.USAGE is refused.value.exit_code
    for line, what in [
        (1, "workspace.name: is missing"),
        (1, "workspace.id: is missing"),
        (2, "workspace.nmae: is unknown"),
        (3, "workspace.timezone: 'Mars/Olympus' is no time zone"),
        (4, "sites.Inside: is no good name"),
        (7, "channels.mail.publisher: is missing"),
        (8, "channels.mail.readers: must be a list of texts"),
        (10, "review.alone: must be true or false"),
    ]:
        assert (line, what) in found


@pytest.mark.parametrize(
    ("text", "line"), [(b"[workspace\n", 1), (b"a = 1\nb = \n", 2), (b"\xff", 1), (b"a = 1\na = 2\n", 2)]
)
def test_what_is_no_toml_names_its_line(text: bytes, line: int) -> None:
    """A syntax error or a wrong encoding is one finding with a line."""
    with pytest.raises(Problems) as refused:
        read_config(text)

    assert [line] == [f.line for f in refused.value.findings]


def test_a_misspelt_readers_hides_nothing_else() -> None:
    """The key that was meant, and a publisher that nobody offers, are told in the same breath as what is missing."""
    channel = '[channels.hook]\nreadrs = ["public"]\npublisher = "webhok"\npath = "x"\n'
    with pytest.raises(Problems) as refused:
        read_config(f'[workspace]\nname = "A"\nid = "a"\n{channel}'.encode())

    assert [
        (4, "channels.hook.readers: is missing: who reads what goes there?"),
        (5, "channels.hook.readrs: is unknown"),
        (6, "channels.hook.publisher: 'webhok' is unknown"),
    ] == [(each.line, each.what) for each in refused.value.findings]
    assert "did you mean webhook?" == refused.value.findings[-1].cure


def with_utm(utm: str) -> Config:
    """Settings with a channel that says this of utm."""
    channel = f'[channels.hook]\nreaders = ["public"]\npublisher = "webhook"\nutm = {utm}\n'
    return read_config(f'[workspace]\nname = "A"\nid = "a"\n{channel}'.encode())


@pytest.mark.parametrize(
    ("utm", "expected"),
    [
        ("true", "https://a.example/b?c=d&utm_source=hook&utm_medium=webhook#e"),
        ('"spring"', "https://a.example/b?c=d&utm_source=hook&utm_medium=webhook&utm_campaign=spring#e"),
        ("false", "https://a.example/b?c=d#e"),
    ],
)
def test_utm(utm: str, expected: str) -> None:
    """A channel may tell where visits come from; the rest of an address stays, and one that is long stays whole."""
    channel = with_utm(utm).channels["hook"]
    long = f"https://a.example/{'b' * 170}"

    assert expected == channel.tagged("https://a.example/b?c=d#e")
    assert ["", long] == [channel.tagged(""), channel.tagged(long)]


@pytest.mark.parametrize("utm", ["3", '"a b"', '"a&b"', '""'])
def test_utm_that_is_none(utm: str) -> None:
    """What could change an address is refused; an empty name asks for nothing."""
    with pytest.raises(Problems, match="1 error"):
        with_utm(utm)
