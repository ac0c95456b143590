"""The words of a post: what the author wrote for the channel; else the title, and the summary or as much as fits.

A channel's template (``templates/post``) may say how title and summary stand together. The address of the page stands
at the end of the text or beside it, as the service wants it. Nothing that the author wrote by hand is ever shortened:
where it is too long, ``check`` says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import regex

from expertpost.model.post import URL, longest
from expertpost.render.families.chat import PLAIN, Dialect, uncalled, without_mentions, write
from expertpost.render.families.escaped import as_words
from expertpost.render.fit import LINK, Count, cuts, numbers, shorten, split
from expertpost.render.shown import Shown, clean
from expertpost.render.spans import Style, Styled, strong
from expertpost.render.styled import styled
from expertpost.render.template import fill

# A character that is none (Unicode, chapter 23): it holds the place of the summary while a template is filled in.
_HERE = "\ufdd0"
# What a hashtag may hold (twitter-text).
_WORD = regex.compile(
    r"[\p{L}\p{M}\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7]+"
)
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_NOTHING = Styled("")


@dataclass(frozen=True, slots=True)
class _Frame:
    """A post around its words: ``around.text[at]`` is where they stand; -1: it is all words."""

    around: Styled
    says: Styled = _NOTHING
    at: int = -1

    def whole(self, says: Styled) -> Styled:
        """The post with these words in it."""
        return self.around.with_inside(self.at, says) if self.at >= 0 else self.around

    def fitted(self, limit: int, length: Callable[[Styled], int]) -> Styled:
        """The post so that it fits: first the words give way, then what stands around them."""
        whole = self.whole(self.says)
        if length(whole) <= limit:
            return whole
        if self.at >= 0 and self.around.text[self.at + 1 :].strip():
            found = shorten(self.says.text, limit, lambda text: length(self.whole(self.says.cut(text))))
            whole = self.whole(self.says.cut(found))
        return whole.cut(shorten(whole.text, limit, lambda text: length(whole.cut(text))))


def _frame(shown: Shown) -> _Frame:
    """Title and summary where a page holds the rest; title and text where there is none, or no summary."""
    summary = " ".join(shown.front.summary.split())
    says = Styled(summary) if summary and shown.has_page else styled(shown.body)
    if not shown.template:
        return _Frame(_title(shown).then(says))
    around = styled(_filled(shown))
    first, _, others = around.text.partition(_HERE)
    for _ in range(others.count(_HERE)):
        around = around.with_inside(around.text.rindex(_HERE), _NOTHING)
    return _Frame(around, says, len(first)) if len(first) < len(around.text) else _Frame(around)


def _filled(shown: Shown) -> str:
    """The channel's template as Markdown, filled in."""
    front = shown.front
    given = {
        "title": " ".join(front.title.split()),
        "summary": _HERE,
        "authors": [shown.authors.get(author, author) for author in front.authors],
        "topics": list(front.topics),
        "hashtags": [tag for tag in map(hashtag, front.topics) if tag],
        "kind": front.kind.value,
        "language": front.language,
    }
    return fill(shown.template, given, "templates/post", written=_written)


@lru_cache(maxsize=256)
def hashtag(topic: str) -> str:
    """A topic as networks search for it: ``safety & care`` is ``#SafetyCare``; "" for one that is only a number."""
    words = _WORD.findall(topic)
    tag = "".join(word[:1].upper() + word[1:] for word in words) if len(words) > 1 else "".join(words)
    return f"#{tag}" if _LETTER.search(tag) else ""


def _written(value: object) -> str:
    """A value as words, whatever stands in it; only the place of the summary is kept."""
    return _HERE if value == _HERE else as_words(str(value).replace(_HERE, ""))


def announcement(shown: Shown) -> Styled:
    """The whole post, however long."""
    if shown.written:
        return styled(shown.written)
    frame = _frame(shown)
    return frame.whole(frame.says)


def needs_link(shown: Shown) -> bool:
    """Whether the page's address goes along: there is a page, and the author did not choose another address."""
    return shown.has_page and not (shown.written and _names_an_address(styled(shown.written)))


def _names_an_address(text: Styled) -> bool:
    named = any(span.style is Style.LINK and span.detail.startswith("http") for span in text.spans)
    return named or bool(LINK.search(text.text))


def fitted(shown: Shown, limit: int, count: Count, beside: str = "", *, calls: bool = False) -> Styled:
    """The announcement so that it fits with ``beside`` behind it; ``count`` measures the plain text.

    ``calls``: the service calls whoever is named with an ``@``; then only a text by hand may do so.
    """
    if shown.written:
        return announcement(shown)
    safe = uncalled if calls else Styled.itself
    return safe(_frame(shown).fitted(limit, lambda text: count(longest(safe(text).text + beside))))


def chat_text(shown: Shown, dialect: Dialect, limit: int, count: Count) -> str:
    """The announcement in a dialect, the page's address behind it, within the limit as the service counts."""
    end = f"\n\n{URL}" if needs_link(shown) else ""
    if shown.written:
        return write(announcement(shown), dialect) + end
    words = _frame(shown).fitted(limit, lambda text: count(longest(write(text, dialect) + end)))
    return (write(words, dialect) + end).strip()


def plain_text(shown: Shown, limit: int, count: Count) -> str:
    """The announcement without markup and the page's address behind it.

    Whom a title or summary names with an ``@`` is not called; in a text by hand whoever wrote it decides.
    """
    end = f"\n\n{URL}" if needs_link(shown) else ""
    if shown.written:
        return clean(write(announcement(shown), PLAIN)) + end
    words = _frame(shown).fitted(limit, lambda text: count(longest(_plain(text) + end)))
    return (_plain(words) + end).strip()


def _plain(text: Styled) -> str:
    return without_mentions(write(text, PLAIN))


# -- threads --------------------------------------------------------------------------------------------------------


def plain_parts(shown: Shown, limit: int, count: Count, most: int) -> tuple[str, ...]:
    """``plain_text`` as one part; with ``thread: true``, where the service takes several, all words in numbered parts.

    ``most``: so many parts the service takes; a thread of more is not cut short: ``check`` says so.
    """
    if not (shown.front.thread and most > 1):
        return (plain_text(shown, limit, count),)
    end = f"\n\n{URL}" if needs_link(shown) else ""
    words = clean(write(_all(shown), PLAIN)) if shown.written else _plain(_all(shown))
    return split(words + end, limit, lambda text: count(longest(text)))


def styled_parts(shown: Shown, limit: int, count: Count, most: int) -> tuple[Styled, ...]:
    """``fitted`` as one part, or as ``plain_parts`` all words in numbered parts, each with its styles."""
    if not (shown.front.thread and most > 1):
        return (fitted(shown, limit, count),)
    whole = _all(shown)
    found = cuts(whole.text, limit, count)
    parts = zip(found, numbers(len(found)), strict=True)
    return tuple(whole.part(start, end).then(Styled(number), "") for (start, end), number in parts)


def _all(shown: Shown) -> Styled:
    """All that a thread tells: the text by hand, else title and body."""
    return styled(shown.written) if shown.written else _title(shown).then(styled(shown.body))


def _title(shown: Shown) -> Styled:
    return strong(" ".join(shown.front.title.split()))
