"""Pages for site builders: where a page and its files lie, what its head says, and how the builder reads the text.

Hugo and Docusaurus get Markdown without raw HTML and without anything else that they would run; the others get HTML,
because their parsers read another Markdown than ours: one in which words can become attributes of an element.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Literal, TypeAlias
from urllib.parse import quote

from expertpost.model.canonical import sha256
from expertpost.model.identity import moment_of
from expertpost.model.piece import FrontMatter
from expertpost.model.post import DATE, KEY, Media, Post
from expertpost.render.bare import BARE
from expertpost.render.cut import local_name
from expertpost.render.families.commonmark import to_markdown
from expertpost.render.markdown import only_absolute, to_html
from expertpost.render.pictures import named
from expertpost.render.shown import Shown, clean

Style: TypeAlias = Literal["hugo", "jekyll", "pelican", "mkdocs", "docusaurus"]

_SHORTCODE = re.compile(r"\{\{([<%])(?!/\*)((?:(?!\*/|\{\{).)*?)([>%])\}\}", re.DOTALL)
_LONE_SHORTCODE = re.compile(r"\{(?=\{[<%](?!/\*))")
_LIQUID = re.compile(r"\{(?=[{%])")
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_LIST = str.maketrans({"<": " ", ">": " ", ";": " ", '"': "”"})
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ATTACH = "{attach}"
_UNWRAPPED = re.compile(r"(mdx-code-block)$", re.MULTILINE)

Told: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Convention:
    """``page``, ``files``: where a page and its files lie, by ``{slug}`` and ``{day}``.

    ``beside``: what the address of such a file begins with, as the page writes it. ``told``: what the head says, and
    ``head`` how; ``body``: the text, given that beginning.
    """

    page: str
    files: str
    beside: str
    told: Callable[[Shown], Told]
    body: Callable[[Shown, str], str]
    head: Callable[[Told], str]


def page(shown: Shown, style: Style) -> Post:
    """The unbound page as a post of one part; its fields say where it and its files lie, relative to the folder."""
    how, front = _CONVENTIONS[style], shown.front
    alts = dict(named(shown))
    # The day in a name is always the same for a piece, whenever it is sent.
    where = {"slug": front.slug, "day": _day(front)}
    files = how.files.format(**where)
    owned = [f"{files}{asset.name}" for asset in shown.assets]
    body = how.body(shown, how.beside.format(**where))
    mark = {"id": front.id, "key": KEY, "text": fingerprint(body), **({"files": owned} if owned else {})}
    told = {key: value for key, value in how.told(shown).items() if value not in ("", [])}
    return Post(
        parts=(how.head({**told, "expertpost": mark}) + body,),
        fields=(("path", how.page.format(**where)), ("files", files)),
        media=tuple(Media(asset.name, asset.blob, alts.get(asset.name, ""), BARE) for asset in shown.assets),
    )


def fingerprint(body: str) -> str:
    """What a page says of its text below the head, by which a change that somebody made is seen: 16 hex digits."""
    return sha256(body.encode())[:16]


def pages(style: Style) -> str:
    """A pattern for the paths of all pages of a folder: ``*`` stands for anything in a name."""
    return re.sub(r"\{[a-z]+\}", "*", _CONVENTIONS[style].page)


def address(path: str, style: Style, url: str) -> str:
    """The address of the page at a path, by the pattern of all addresses with ``{slug}``; "" where there is none."""
    pattern = re.escape(_CONVENTIONS[style].page).replace(r"\{slug\}", "(.+)").replace(r"\{day\}", r"\d{4}-\d\d-\d\d")
    found = re.fullmatch(pattern, path)
    return url.replace("{slug}", found[1]) if found else ""


def _day(front: FrontMatter) -> date:
    return (front.publish_at or moment_of(front.id)).date()


def _yaml_head(told: Told) -> str:
    lines = "".join(f"{key}: {_yaml(value)}\n" for key, value in told.items())
    return f"---\n{lines}---\n"


def _yaml(value: object) -> str:
    """A value as JSON, which is YAML too, but for some characters that YAML does not allow or reads as a line's end."""
    return _NOT_IN_YAML.sub(lambda c: f"\\u{ord(c[0]):04x}", json.dumps(value, ensure_ascii=False))


def _metadata_lines(told: Told) -> str:
    """Pelican's head: a line for each key, which ends with the first empty line."""
    lines = (f"{key}: {value if isinstance(value, str) else _yaml(value)}\n" for key, value in told.items())
    return f"{''.join(lines)}\n"


def _common(shown: Shown) -> dict[str, object]:
    front = shown.front
    return {
        "title": _line(front.title),
        "date": DATE,
        "description": _line(front.summary),
        "authors": [shown.authors.get(author, author) for author in front.authors],
        "tags": list(front.topics),
        "canonical_url": front.canonical_url,
    }


def _line(text: str) -> str:
    return " ".join(text.split())


def _for_hugo(shown: Shown) -> Told:
    front = shown.front
    return {**_common(shown), "slug": front.slug, "images": [front.cover] if front.cover else []}


def _for_jekyll(shown: Shown) -> Told:
    """The page's folder is where its files lie, so that relative addresses hold."""
    front = shown.front
    image = f"/{front.slug}/{quote(front.cover)}" if front.cover else ""
    own = {"layout": "post", "permalink": f"/{front.slug}/", "image": image, "render_with_liquid": False}
    return {**_common(shown), **own}


def _for_docusaurus(shown: Shown) -> Told:
    """``mdx`` switches off that words are read as code (Docusaurus 3: the front matter of one file)."""
    front, common = shown.front, _common(shown)
    image = f"./{quote(front.cover)}" if front.cover else ""
    authors = [{"name": name} for name in _names(shown)]
    return {**common, "authors": authors, "slug": front.slug, "image": image, "mdx": {"format": "md"}}


def _for_mkdocs(shown: Shown) -> Told:
    """MkDocs and its themes put these words into HTML as they are; ``author`` is the key that themes read.

    In titles the plug-in mkdocs-macros runs what stands in braces.
    """
    common = _common(shown)
    tags = [_inert(topic) for topic in shown.front.topics]
    words = {key: _inert(str(common[key])) for key in ("title", "description")}
    del common["authors"]
    return {**common, **words, "author": _inert(", ".join(_names(shown))), "tags": tags}


def _inert(words: str) -> str:
    """Words in HTML that no template engine takes for its own."""
    return escape(words).replace("{", "&#123;")


def _for_pelican(shown: Shown) -> Told:
    """Pelican's names. It takes a title for HTML and a summary for Markdown, and parts lists at semicolons."""
    front = shown.front
    return {
        "Title": escape(_line(front.title)),
        "Date": DATE,
        "Slug": front.slug,
        "Authors": _listed(_names(shown)),
        "Tags": _listed(front.topics),
        "Summary": _PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", _line(front.summary)),
        "Canonical_url": front.canonical_url,
    }


def _listed(values: Iterable[str]) -> str:
    """A list of Pelican's; the semicolon at its end says that a comma inside a value parts nothing."""
    return "".join(f"{_line(value.translate(_NOT_IN_A_LIST))}; " for value in values).strip()


def _names(shown: Shown) -> list[str]:
    return [shown.authors.get(author, author) for author in shown.front.authors]


def _hugo(shown: Shown, beside: str) -> str:
    """Markdown in which Hugo finds no shortcode: behind ours, two braces stand in code only."""
    return _LONE_SHORTCODE.sub("{ ", _SHORTCODE.sub(r"{{\1/*\2*/\3}}", _markdown(shown, beside)))


def _markdown(shown: Shown, beside: str) -> str:
    """Markdown without raw HTML, and without Docusaurus' own boxes (``:::danger``)."""
    return clean(to_markdown(_text(shown), address=_address(shown, beside)))


def _docusaurus(shown: Shown, beside: str) -> str:
    """The same, and no code is taken out of its fence: Docusaurus does so where one word ends a line, even in code."""
    return _UNWRAPPED.sub(r"\1 ", _markdown(shown, beside))


def _jekyll(shown: Shown, beside: str) -> str:
    """HTML in which Jekyll finds no Liquid, whether or not it knows ``render_with_liquid``."""
    return _LIQUID.sub("&#123;", _html(shown, beside))


def _html_block(shown: Shown, beside: str) -> str:
    """HTML in one block, which Python-Markdown hands through as it is, and without braces, which plug-ins read."""
    inside = _html(shown, beside).replace("{", "&#123;").strip("\n")
    return f"<div>\n{inside}\n</div>\n"


def _pelican(shown: Shown, beside: str) -> str:
    """The same, where an address of a file begins with what lets Pelican put the file beside the page.

    Bars would do so as well as braces, also in the words of an attribute.
    """
    return _html_block(shown, beside).replace("|", "&#124;").replace(f'"{quote(_ATTACH)}', f'"{_ATTACH}')


def _html(shown: Shown, beside: str) -> str:
    return clean(to_html(_text(shown), address=_address(shown, beside)))


def _text(shown: Shown) -> str:
    return shown.written or shown.body


def _address(shown: Shown, beside: str) -> Callable[[str], str]:
    """The piece's own files, places on the page and whole addresses; any other relative address leads nowhere there."""
    names = {asset.name for asset in shown.assets}

    def address(wanted: str) -> str:
        name = local_name(wanted)
        if name in names:
            return f"{beside}{quote(name)}"
        return wanted if wanted.startswith("#") else only_absolute(wanted)

    return address


_CONVENTIONS: Mapping[Style, _Convention] = {
    "hugo": _Convention("{slug}/index.md", "{slug}/", "", _for_hugo, _hugo, _yaml_head),
    "jekyll": _Convention("_posts/{day}-{slug}.html", "{slug}/", "", _for_jekyll, _jekyll, _yaml_head),
    "pelican": _Convention("{slug}.md", "{slug}/", f"{{{_ATTACH}}}{{slug}}/", _for_pelican, _pelican, _metadata_lines),
    "mkdocs": _Convention("{slug}/index.md", "{slug}/", "", _for_mkdocs, _html_block, _yaml_head),
    "docusaurus": _Convention("{day}-{slug}/index.md", "{day}-{slug}/", "./", _for_docusaurus, _docusaurus, _yaml_head),
}
