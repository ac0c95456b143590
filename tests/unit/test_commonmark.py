"""The rules of writing Markdown again: the same text for the reader, and no markup that is not ours."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpost.render.events import safe_address, steps, target
from expertpost.render.families.commonmark import to_markdown
from expertpost.render.markdown import to_html

_SPEC = Path(__file__).parent.parent / "conformance/commonmark/spec-0.31.2.json"
EXAMPLES: list[dict[str, str]] = json.loads(_SPEC.read_text("utf-8"))
DIFFERENT = 14
"""Examples that read differently: raw HTML over several paragraphs, links to nowhere, six asterisks in a row."""


def again(body: str) -> str:
    """The body written again, with all its addresses."""
    return to_markdown(body, address=lambda address: address)


def words(html: str) -> str:
    """What a reader sees, without blanks."""
    return re.sub(r"\s+", "", html)


def live(markdown: str) -> list[str]:
    """Raw HTML and refused addresses that a parser would find."""
    found = [str(detail) for what, _, detail in steps(markdown) if what in ("Html", "InlineHtml")]
    starts = [detail for what, tag, detail in steps(markdown) if what == "Start" and tag in ("Link", "Image")]
    return found + [a for a in (target(detail).address for detail in starts) if a and not safe_address(a)]


def test_it_reads_the_same() -> None:
    """Of the specification's examples, all but a known few read as before."""
    different = [e for e in EXAMPLES if words(to_html(e["markdown"])) != words(to_html(again(e["markdown"])))]

    assert DIFFERENT >= len(different)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["example"]))
def test_nothing_is_live(example: dict[str, str]) -> None:
    """No example comes out with raw HTML or an address that is refused."""
    assert [] == live(again(example["markdown"]))


@pytest.mark.parametrize(
    "body",
    [
        "| a | b |\n|:--|--:|\n| 1 \\| 2 | `x\\|y` |\n",
        "- [ ] open\n- [x] done\n\n  more\n  1. one\n  2. two\n",
        "> [!NOTE]\n> mind\n>\n> - this\n",
        "A note.[^1]\n\n[^1]: Here\n\n    and there.\n",
        "~~gone~~ *a **b** c* **d *e* f** ***g***\n",
        "one\\\ntwo  \nthree\n\n___\n\n# Title #\\#\n\nx\n===\n",
        "- a\n\n* b\n\n1. c\n\n1) d\n",
        "`` a`b `` ``` `` ``` ` `` `\n\n````\n```\n````\n",
        '![alt *with* words](a.png "ti\'tle") [x](<a b(c> \'y "z"\')\n',
        "**/A:**_b_ `c`**d**_e_\n",
        "+ 1\n+ 2\n\ntext\n\n3. three\n4. four\n",
        "\\# no \\- no \\1. no 1\\. no \\> no a_b_c \\_d\\_ &amp;copy; \\&copy;\n",
        "- a\n\n  ```\n  b\n\n  c\n  ```\n- d\n",
    ],
)
def test_what_we_add_to_commonmark(body: str) -> None:
    """Tables, task lists, alerts, footnotes and all their neighbours read as before."""
    assert words(to_html(body)) == words(to_html(again(body)))


def test_a_second_time_changes_nothing() -> None:
    """What is written again is written the same way the next time."""
    body = "# A *b*\n\n- c\n- d\n\n> e\n\n```py\nf\n```\n\n| g |\n|---|\n| h |\n"

    assert again(body) == again(again(body))


def test_addresses_are_asked_for() -> None:
    """Where the caller gives no address, the words stand alone."""
    text = to_markdown("[a](x) ![b](y) <https://c.example>", address=lambda a: "" if len(a) == 1 else a)

    assert "a b [https://c.example](https://c.example)\n" == text


HOSTILE = st.text(alphabet="<>[]()!`*_~#&;:\\\"' \n\t-+=|{}%/ajsx:1.", max_size=60)


@given(HOSTILE)
def test_nothing_live_comes_out_of_anything(body: str) -> None:
    """Whatever an author writes, no raw HTML and no refused address is left."""
    assert [] == live(again(body))
