"""A CMS, or a ledger that somebody forged, tells where the page of a piece is."""

import pytest

from expertpost.flows.live import _shows
from expertpost.flows.page import _ADDRESS
from expertpost.publishers.http import Answer


@pytest.mark.parametrize(
    "told",
    [
        "https://cms.example/? Now cheaper: evil.example",
        "https://cms.example/\r\nBcc: all@evil.example",
        "https://cms.example/](https://evil.example)[x",
        'https://cms.example/"><script>',
        "https://cms.example/\x1b[2J",
        "https://cms.example/\u202e",
        "",
        f"https://cms.example/{'x' * 3000}",
    ],
)
def test_an_address_adds_no_words_to_a_post(told: str) -> None:
    """What is filled in for a page's address is one address: nobody approved anything else."""
    assert None is _ADDRESS.fullmatch(told)


def test_the_addresses_of_real_pages_are_taken() -> None:
    """Letters of all scripts, queries and parentheses stand in addresses of WordPress and MediaWiki."""
    for told in (
        "https://cms.example/?p=12&preview=no#a",
        "https://wiki.example/Öl_(Stoff)",
        "http://127.0.0.1:8/x%20y",
    ):
        assert _ADDRESS.fullmatch(told)


def test_a_redirect_to_no_address_is_no_page() -> None:
    """A service that sends readers to an address that cannot be shows no page, and stops no run."""
    assert not _shows(Answer(302, {"location": "//["}, b""), "https://cms.example/x", public=True)
