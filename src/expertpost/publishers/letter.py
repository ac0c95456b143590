"""The two forms of a mail, plain text and HTML, made from what its readers may see."""

import re
from collections.abc import Callable, Sequence
from html import escape

from expertpost.model.post import UNSUBSCRIBE, URL, Media, placeholder
from expertpost.render.cut import local_name
from expertpost.render.families.plain import to_text
from expertpost.render.markdown import only_absolute, to_html
from expertpost.render.shown import Shown, clean

CID_DOMAIN = "expertpost.invalid"
_EMBEDDED = "embedded/"
_URL_HTML = placeholder("url_html")
_UNSUBSCRIBE_HTML = placeholder("unsubscribe_html")
_TAG = re.compile(r"<(h[1-6]|p|a|img|pre|code|blockquote|table|th|td)(?=[ >])")
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
_HEAD = f"{_FONT};line-height:1.25;margin:1.6em 0 .6em"
_STYLES = {
    **{f"h{level}": _HEAD for level in range(1, 7)},
    "p": "margin:0 0 1em",
    "a": "color:#0b57d0",
    "img": "max-width:100%;height:auto",
    "pre": "background:#f4f4f4;padding:12px;overflow:auto;white-space:pre-wrap",
    "code": "font-family:Consolas,Menlo,monospace;font-size:.92em",
    "blockquote": "margin:0 0 1em;padding:0 0 0 1em;border-left:3px solid #ccc",
    "table": "border-collapse:collapse;margin:0 0 1em",
    "th": "border:1px solid #ccc;padding:4px 8px;text-align:left",
    "td": "border:1px solid #ccc;padding:4px 8px",
}


def _text(shown: Shown) -> str:
    return shown.written or shown.body


def _byline(shown: Shown) -> str:
    return ", ".join(shown.authors.get(author, author) for author in shown.front.authors)


def text_letter(shown: Shown, footer: str) -> str:
    """The plain-text form: title, authors, text, the page's address, and how to get no more mails."""
    words = [" ".join(shown.front.title.split()), _byline(shown), clean(to_text(_text(shown))).strip()]
    if shown.has_page:
        words.append(f"Read it on its page: {URL}")
    last = [line for line in (footer, f"To get no more of these mails: {UNSUBSCRIBE}") if line]
    return "\n\n".join(part for part in words if part) + "\n\n-- \n" + "\n".join(last) + "\n"


def html_letter(shown: Shown, footer: str, found: Sequence[Media]) -> str:
    """The HTML form, as one document with its styles written to each element: many mail programs read no others."""
    title = escape(" ".join(shown.front.title.split()))
    names = {picture.source: picture.blob for picture in found}
    cover = names.get(shown.front.cover)
    front = f'<p><img src="cid:{cover}@{CID_DOMAIN}" alt="{escape(shown.front.cover_alt)}" /></p>\n' if cover else ""
    page = f'<p><a href="{_URL_HTML}">Read it on its page</a></p>\n' if shown.has_page else ""
    body = _styled(f"<h1>{title}</h1>\n<p>{escape(_byline(shown))}</p>\n{front}{_body(shown, names)}{page}")
    last = f"{escape(footer)}<br />\n" if footer else ""
    language = f' lang="{escape(shown.front.language)}"' if shown.front.language else ""
    return (
        f'<!DOCTYPE html>\n<html{language}>\n<head><meta charset="utf-8" />'
        f'<meta name="viewport" content="width=device-width" /><title>{title}</title></head>\n'
        f'<body style="{_FONT};line-height:1.5;color:#222;max-width:40em;margin:0 auto;padding:16px">\n{body}'
        f'<p style="margin:2em 0 0;border-top:1px solid #ccc;padding:1em 0 0;font-size:.85em;color:#555">\n{last}'
        f'<a href="{_UNSUBSCRIBE_HTML}" style="color:#555">Get no more of these mails</a></p>\n</body>\n</html>\n'
    )


def _body(shown: Shown, names: dict[str, str]) -> str:
    html = clean(to_html(_text(shown), address=_address(names), heading_offset=1))
    html = re.sub(rf'<img src="{_EMBEDDED}([0-9a-f]+)"', rf'<img src="cid:\1@{CID_DOMAIN}"', html)
    # A link to a picture leads nowhere in a mail; its words stay.
    return re.sub(rf'<a href="{_EMBEDDED}[0-9a-f]+"', "<a", html)


def _address(names: dict[str, str]) -> Callable[[str], str]:
    """Pictures in the mail get an address of their own; other relative addresses mean nothing there."""

    def address(wanted: str) -> str:
        blob = names.get(local_name(wanted))
        return f"{_EMBEDDED}{blob}" if blob else only_absolute(wanted)

    return address


def _styled(html: str) -> str:
    """Each element with its style. Safe on our own HTML only: there, ``<`` begins a tag and nothing else."""
    return _TAG.sub(lambda tag: f'<{tag[1]} style="{_STYLES[tag[1]]}"', html)
