"""Where a browser comes back to after a yes: one answer, by who knows the state, on this machine."""

from collections.abc import Iterator
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

from expertpost.web.callback import Callback


def test_the_browser_comes_back_to_this_machine() -> None:
    """The answer with our state counts, once; whoever else comes is told no, and nobody outside can come in."""
    told: list[int] = []
    pages = ("favicon.ico", "?code=9&state=3", "?code=9&state=", "?code=9", "other?code=9&state=2", "?code=1&state=2")
    with Callback() as back:
        browser = Thread(target=lambda: told.extend(_opened(back.redirect, pages)))
        browser.start()
        answer = back.wait(30, "2")
        browser.join()

    assert back.redirect.startswith("http://127.0.0.1:")
    assert ("/?code=1&state=2", [400, 400, 400, 400, 400, 200]) == (answer, told)


def test_an_answer_counts_once() -> None:
    """What comes after the answer, even with our state, changes nothing."""
    with Callback() as back:
        back.wait(0, "2")

        assert [True, False] == [back.takes(f"/?code={code}&state=2") for code in (1, 3)]
        assert "/?code=1&state=2" == back.answer


def test_nobody_comes_back() -> None:
    """After a while the wait is over."""
    with Callback() as back:
        assert "" == back.wait(0, "2")


def _opened(base: str, pages: tuple[str, ...]) -> Iterator[int]:
    for page in pages:
        try:
            with urlopen(f"{base}{page}", timeout=30) as answer:
                yield answer.status
        except HTTPError as refused:
            yield refused.code
