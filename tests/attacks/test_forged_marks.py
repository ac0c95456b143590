"""Somebody who may write where our pages and tokens lie changed what they say."""

from datetime import UTC, datetime

import pytest

from expertpost.publishers.pages import _files_of
from expertpost.publishers.tokens import _is_over, unpacked


@pytest.mark.parametrize("path", ["sealing/index.md", "_posts/2026-11-25-sealing.html", "sealing.md"])
def test_a_page_takes_only_files_of_its_own_folder_along(path: str) -> None:
    """A folder whose name is a part of the page's is that of another page: its files stay."""
    mark = '{"id": "x", "key": "%s", "files": ["sea/index.md", "sealing/a.png", "_posts/x"]}' % ("0" * 64)
    page = f"---\nexpertpost: {mark}\n---\n".encode()

    assert ["sealing/a.png"] == _files_of(path, page)


def test_a_forged_token_is_a_token_that_opens_nothing() -> None:
    """What is no token of ours is taken as it is, and a moment before all others is over."""
    nested = "[" * 100_000

    assert nested == unpacked(nested).access
    forged = unpacked('{"access": "a", "refresh": "b", "expires": "0001-01-01T00:00:00+00:00"}')
    assert _is_over(forged, datetime(2026, 11, 25, tzinfo=UTC))
