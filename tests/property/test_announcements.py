"""Laws of posts that hold for any text and any service."""

import json
import re
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from tests.property.test_render import markdown, words

from expertpost.model.post import LONGEST_URL, longest
from expertpost.render import counts
from expertpost.render.announce import chat_text, fitted, plain_text
from expertpost.render.families.chat import DISCORD, JOINER, MATTERMOST, PLAIN, ZULIP, write
from expertpost.render.families.entities import entities
from expertpost.render.families.facets import facets
from expertpost.render.families.matrix import to_matrix_html
from expertpost.render.families.rich import rich_text
from expertpost.render.fit import split
from expertpost.render.markdown import to_html
from expertpost.render.shown import Shown
from expertpost.render.spans import Styled, spans_of
from expertpost.render.styled import styled
from expertpost.testing.samples import PLAIN as PIECE

COUNTS = {len: 300, counts.weighted: 280, counts.mastodon: 500, counts.graphemes: 300, counts.utf16: 400}
_inline = st.sampled_from(
    ["*a*", "**b**", "***c***", "~~d~~", "`e`", "[f](https://g.example/x_y)", "@all", "@**all**", "<!channel>", "<@1>",
     "https://h.example/i", "example.com", "👩‍👩‍👧‍👦", "नमस्ते", "宽度", "🇩🇪", " ", " ", "\n", "\n\n", "- ", "> ", "# ",
     "```\n", "x", "word ", "&lt;", "\\*", "_", "*", "|"]
)  # fmt: skip
rich = st.lists(_inline, max_size=40).map("".join)
bodies = st.one_of(rich, markdown, words)


def piece(title: str, body: str, *, summary: str = "", written: str = "", has_page: bool = True) -> Shown:
    """A piece as its readers may see it."""
    return replace(
        PIECE, front=replace(PIECE.front, title=title, summary=summary), body=body, written=written, has_page=has_page
    )


def bare(text: str) -> str:
    """A text without the spaces and joiners in it."""
    return re.sub(rf"[\s{JOINER}]+", "", text)


@given(words, bodies, words, st.booleans(), st.sampled_from(list(COUNTS)))
def test_a_post_fits(title: str, body: str, summary: str, has_page: bool, count: type) -> None:
    """With the longest address it can get, a post is never longer than the service takes, as the service counts."""
    shown, limit = piece(title, body, summary=summary, has_page=has_page), COUNTS[count]

    assert limit >= count(longest(plain_text(shown, limit, count)))
    for dialect in (DISCORD, MATTERMOST, ZULIP):
        assert limit >= count(longest(chat_text(shown, dialect, limit, count)))
    assert limit >= count(fitted(shown, limit, count).text)


@given(bodies)
def test_what_is_written_by_hand_is_never_shortened(body: str) -> None:
    """Every word of a text for one channel goes out, however long it is."""
    whole = styled(body).text
    if whole:
        shown = piece("t", "b", written=body)

        assert whole == fitted(shown, 10, len).text
        assert bare(write(styled(body), PLAIN)) in bare(plain_text(shown, 10, len))


@given(bodies, st.integers(0, 200))
def test_a_cut_keeps_styles_inside(body: str, size: int) -> None:
    """However a text is cut, every style covers words that are there, and survives the way through JSON."""
    whole = styled(body)
    cut = whole.cut(whole.text[:size] + "…")

    assert all(0 <= span.start < span.end <= min(size, len(whole.text)) for span in cut.spans)
    assert cut.spans == spans_of(json.loads(json.dumps(cut.as_json())))


@given(bodies)
def test_facets_point_at_links(body: str) -> None:
    """The bytes between a facet's places are the words of its link, and facets never overlap."""
    whole = styled(body)
    text, at = whole.text.encode(), 0
    for facet in json.loads(json.dumps(facets(whole))):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert at <= start < end <= len(text)
        assert text[start:end].decode().strip()
        at = end


@given(bodies)
def test_entities_point_at_words(body: str) -> None:
    """Every entity lies inside the text, counted in UTF-16, and cuts no character in two."""
    whole = styled(body)
    units = whole.text.encode("utf-16-le", "surrogatepass")
    for one in entities(whole):
        assert isinstance(one, dict)
        start, length = one["offset"], one["length"]
        assert isinstance(start, int)
        assert isinstance(length, int)
        assert 0 <= start < start + length <= len(units) // 2
        assert units[2 * start : 2 * (start + length)].decode("utf-16-le", "surrogatepass") in whole.text


@given(bodies)
@example("**a***b*")
@example("@**all**")
def test_no_markup_of_the_authors_making(body: str) -> None:
    """In Mattermost's Markdown every word stays a word: what its readers see is what was written."""
    whole = styled(body)
    if "```" in body or "~~~" in body or "    " in body or "\t" in body:
        return
    seen = re.sub(r"<[^>]*>", "", to_html(write(whole, MATTERMOST).replace("\n", "\n\n")))
    expected = re.sub(r"<[^>]*>", "", to_html(write(Styled(whole.text), MATTERMOST).replace("\n", "\n\n")))

    assert bare(expected).replace("%40", "@") == bare(seen).replace("%40", "@")


@given(st.one_of(bodies, words))
def test_nobody_is_called(body: str) -> None:
    """No service that calls whoever is named sees a name behind an ``@``, outside of code."""
    whole = styled(body)
    free = Styled(whole.text)

    for dialect in (MATTERMOST, ZULIP):
        assert not re.search(r"[@＠][\w*]", write(free, dialect))
    assert not re.search(r"[@＠]\w", plain_text(piece(whole.text, whole.text), 280, counts.weighted))


@given(bodies)
def test_slack_loses_no_word(body: str) -> None:
    """The elements of a rich text hold the whole text and nothing else."""
    whole = styled(body)
    found = json.loads(json.dumps(rich_text(whole)))["elements"]
    told = "".join(run["text"] for element in found for run in element["elements"])

    assert whole.text == told


@given(bodies)
def test_matrix_html_is_well_formed(body: str) -> None:
    """Every element is closed in its turn, and none is the author's."""
    html = to_matrix_html(styled(body))
    open_: list[str] = []
    for slash, name in re.findall(r"<(/?)(\w+)[^>]*>", html.replace("<br>", "")):
        if slash:
            assert name == open_.pop()
        else:
            open_.append(name)

    assert [] == open_
    assert {*re.findall(r"<(\w+)", html)} <= {"strong", "em", "del", "code", "pre", "blockquote", "a", "br"}


@given(bodies, st.integers(200, 400), st.sampled_from([counts.weighted, counts.graphemes, counts.mastodon]))
def test_a_thread_loses_no_word(body: str, limit: int, count: type) -> None:
    """However a service counts: every part fits, no word is lost, and an address that fits a part stays whole."""
    text = write(styled(body), PLAIN)
    parts = split(text, limit, count, numbered=False)

    assert all(limit >= count(part) for part in parts)
    assert "".join(text.split()) == "".join("".join(parts).split())
    assert text.count("https://h.example/i") == sum(part.count("https://h.example/i") for part in parts)


def test_the_longest_address_is_an_address() -> None:
    """What stands for a page's address is counted like one."""
    assert 23 == counts.weighted(LONGEST_URL) == counts.mastodon(LONGEST_URL)
