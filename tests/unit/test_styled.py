"""Words and styles apart, and what each family of services makes of them."""

import pytest

from expertpost.render.families.chat import DISCORD, MATTERMOST, PLAIN, ZULIP, Dialect, uncalled, write
from expertpost.render.families.entities import entities
from expertpost.render.families.facets import facets
from expertpost.render.families.matrix import to_matrix_html
from expertpost.render.families.rich import adaptive_card, rich_text
from expertpost.render.spans import Span, Style, Styled, spans_of
from expertpost.render.styled import styled

BODY = """# Look *both* ways

A **seal** fails,\x20\x20
from `both` [sides](https://a.example/x_y "t"), [inside](other.md).

- one
- two
  1. deep
  2. ~~deeper~~

> Said
> twice

```py
x = "`" * 3
```

| a | b |
|---|---|
| 1 | ![alt](p.png) |

<div>List<int></div>

Noted[^1].

[^1]: Below.
"""
TEXT = """Look both ways

A seal fails,
from both sides, inside.

• one
• two
  1. deep
  2. deeper

Said twice

x = "`" * 3

a | b
1 | alt

<div>List<int></div>

Noted[1].

[1] Below."""


def test_words_and_styles() -> None:
    """Every word is there, in its order; styles and addresses stand beside them."""
    found = styled(BODY)

    assert TEXT == found.text
    assert [
        ("strong", "Look both ways", ""),
        ("emphasis", "both", ""),
        ("strong", "seal", ""),
        ("code", "both", ""),
        ("link", "sides", "https://a.example/x_y"),
        ("link", "inside", ""),
        ("strike", "deeper", ""),
        ("quote", "Said twice", ""),
        ("block", 'x = "`" * 3', "py"),
    ] == [(span.style.value, found.text[span.start : span.end], span.detail) for span in found.spans]


def test_a_cut_takes_the_styles_along() -> None:
    """Styles end where the text ends; the ellipsis has none."""
    assert Styled("some bo…", (Span(5, 7, Style.STRONG),)) == styled("some **bold** words *here*").cut("some bo…")


def test_nobody_is_called() -> None:
    """A name behind an ``@`` stays readable and calls nobody; styles stay on their words, and code stays code."""
    found = uncalled(styled("@a **b @c** `@d`"))

    assert "@\u2060a b @\u2060c @d" == found.text
    assert ["b @\u2060c", "@d"] == [found.text[span.start : span.end] for span in found.spans]


def test_texts_side_by_side() -> None:
    """Styles move along with their words, and an empty text leaves no trace."""
    both = styled("*a*").then(styled("").then(styled("**b**")))

    assert Styled("a\n\nb", (Span(0, 1, Style.EMPHASIS), Span(3, 4, Style.STRONG))) == both
    assert both.spans == spans_of(both.as_json())


@pytest.mark.parametrize("told", [None, {}, [1], [[1, 2, "strong"]], [[1, 2, "louder", ""]], [["1", 2, "strong", ""]]])
def test_spans_of_something_else(told: object) -> None:
    """Whatever is no list of spans is refused."""
    with pytest.raises(ValueError):
        spans_of(told)  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize(
    ("dialect", "body", "expected"),
    [
        (DISCORD, "**a** *b* ~~c~~ `d`", "**a** *b* ~~c~~ `d`"),
        (DISCORD, "**bold *both* bold**", "**bold** ***both*** **bold**"),
        (DISCORD, "**a***b*", "**a**\u2060*b*"),
        (DISCORD, "5 * 3 \\*no\\* _x\\_ |s| \\<@12>", "5 \\* 3 \\*no\\* \\_x\\_ \\|s\\| \\<@12\\>"),
        (DISCORD, "\\# no heading", "\\# no heading"),
        (DISCORD, "\\- no list", "\\- no list"),
        (DISCORD, "1\\. no list", "1\\. no list"),
        (DISCORD, "see https://a.example/x_y_z ok", "see https://a.example/x_y_z ok"),
        (DISCORD, "[w](https://a.example/(x)_y)", "[w](https://a.example/%28x%29_y)"),
        (DISCORD, "[w\\]](https://a.example/)", "[w\\]](https://a.example/)"),
        (DISCORD, "[https://a.example/](https://a.example/)", "https://a.example/"),
        (DISCORD, "> a *b*\n>\n> c", "> a *b*\n> \n> c"),
        (DISCORD, "```py\nx\n```", "```py\nx\n```"),
        (DISCORD, "~~~\n```\nx\n~~~", "```\n`\u2060`\u2060`\nx\n```"),
        (MATTERMOST, "@all `@all` https://x.example/@all", "@\u2060all `@all` https://x.example/%40all"),
        (ZULIP, "@**all** @_**x** #**s**", "@\u2060**all** @\u2060_\u2060**x** #\u2060**s**"),
        (PLAIN, "*a* [b](https://c.example) <m@d.example>", "a b (https://c.example) m@d.example"),
    ],
)  # fmt: skip
def test_dialects(dialect: Dialect, body: str, expected: str) -> None:
    """Each service gets its own marks, and an author's words stay words."""
    assert expected == write(styled(body), dialect)


def test_facets_count_bytes() -> None:
    """Bluesky's places count bytes of UTF-8; an address written out is a link too; other links are words."""
    found = facets(styled("ä👍 [there](https://a.example) or https://b.example. [no](other.md)"))

    assert [(7, 12, "https://a.example"), (16, 33, "https://b.example")] == [
        (one["index"]["byteStart"], one["index"]["byteEnd"], one["features"][0]["uri"])  # type: ignore[index, call-overload]
        for one in found
    ]


def test_entities_count_utf16() -> None:
    """Telegram's places count code units of UTF-16; code holds nothing else, and a hundred are the most."""
    found = entities(styled("👍 **b** [l](https://a.example) [no](x.md) **`c`**"))

    assert [
        {"type": "bold", "offset": 3, "length": 1},
        {"type": "text_link", "offset": 5, "length": 1, "url": "https://a.example"},
        {"type": "code", "offset": 10, "length": 1},
    ] == found
    assert 100 == len(entities(styled("*a* b " * 200)))


def test_matrix_html() -> None:
    """Only elements that Matrix allows, properly one inside the other, and words escaped."""
    body = "**a *b*** <script> [l](https://a.example?a&b)  \nx\n\n```\nc\nd\n```"

    assert (
        "<strong>a <em>b</em></strong> &lt;script&gt; "
        '<a href="https://a.example?a&amp;b">l</a><br>x<br><br><pre><code>c\nd</code></pre>'
    ) == to_matrix_html(styled(body))


def test_slack_rich_text() -> None:
    """Slack gets elements whose words are never read as markup: ``<!channel>`` is eleven characters."""
    found = rich_text(styled("**a** <!channel> [l](https://a.example)\n\n> q\n\n```\nc\n```"))

    assert [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "a", "style": {"bold": True}},
                {"type": "text", "text": " <!channel> "},
                {"type": "link", "url": "https://a.example", "text": "l"},
                {"type": "text", "text": "\n\n"},
            ],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "\n\n"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "c"}]},
    ] == found["elements"]


def test_adaptive_card() -> None:
    """A paragraph is a block of runs, and a run's words are never read as markup."""
    card = adaptive_card(styled("**a** [b](https://c.example)\n\n*d*"), "https://e.example", "Read on")

    assert [
        [
            {"type": "TextRun", "text": "a", "weight": "Bolder"},
            {"type": "TextRun", "text": " "},
            {"type": "TextRun", "text": "b", "selectAction": {"type": "Action.OpenUrl", "url": "https://c.example"}},
        ],
        [{"type": "TextRun", "text": "d", "italic": True}],
    ] == [block["inlines"] for block in card["body"]]  # type: ignore[union-attr, index, call-overload]
    assert [{"type": "Action.OpenUrl", "title": "Read on", "url": "https://e.example"}] == card["actions"]
