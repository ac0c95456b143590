"""The HTML of the preview page. Pure; whatever comes from a piece is escaped, or made safe by the Markdown renderer."""

from collections.abc import Callable, Iterator
from html import escape
from urllib.parse import quote

from expertpost.errors import Failure, Problems
from expertpost.model.post import THUMBNAIL, Media
from expertpost.render.cut import local_name
from expertpost.render.events import is_absolute
from expertpost.render.markdown import to_html
from expertpost.render.preview import Part, Preview, View

STYLE = """\
:root { color-scheme: light dark; --line: #8886; --bad: #b3261e; --good: #146c2e; }
@media (prefers-color-scheme: dark) { :root { --bad: #f2b8b5; --good: #8fd19e; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
header, section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
.stays { opacity: .75; } .bad { color: var(--bad); } .good { color: var(--good); } .small { font-size: .875rem; }
pre { white-space: pre-wrap; border-left: 3px solid var(--line); margin: .25rem 0; padding: .25rem .75rem; }
.page { border-left: 3px solid var(--line); padding: 0 .75rem; } .page img { max-width: 100%; height: auto; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
@media print { header, section { border: 0; } }
"""
SCRIPT = """\
"use strict";
let seen = null;
async function follow() {
  try {
    const answer = await fetch("version", { cache: "no-store" });
    const version = answer.ok ? await answer.text() : seen;
    if (seen !== null && version !== seen) { location.reload(); return; }
    seen = version;
  } catch { /* the preview has ended */ }
  setTimeout(follow, 1000);
}
follow();
"""


def page(preview: Preview) -> str:
    """The whole page for a piece."""
    goes = [view for view in preview.views if view.goes]
    stays = [view for view in preview.views if not view.goes]
    places = f"{len(goes)} of {len(preview.views)} places would get it"
    head = (
        f"<header><h1>{escape(preview.title)}</h1>"
        f'<p class="small">{escape(preview.path)} · for {escape(", ".join(preview.audience))} · {places}</p></header>'
    )
    return _document(preview.title, head + "".join(section(view, _served(view)) for view in (*goes, *stays)))


def trouble_page(failure: Failure) -> str:
    """The page while the piece cannot be shown."""
    findings = failure.findings if isinstance(failure, Problems) else ()
    listed = "".join(f"<li>{escape(str(finding))}</li>" for finding in findings)
    body = f'<header><h1 class="bad">{escape(failure.what)}</h1><p>{escape(failure.cure)}</p><ul>{listed}</ul></header>'
    return _document(failure.what, body)


def _document(title: str, body: str) -> str:
    head = (
        f'<meta charset="utf-8"><title>Preview: {escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        '<link rel="stylesheet" href="style.css"><script src="follow.js" defer></script>'
    )
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def section(view: View, picture: Callable[[str], str]) -> str:
    """What one place would get; ``picture`` gives the address at which a picture of this view is shown."""
    state = "good" if view.goes else "stays"
    what = f"{view.kind}, read by {', '.join(view.readers)}"
    inner = "".join((_why(view), _findings(view), _fields(view), _parts(view, picture), _link(view)))
    return (
        f'<section class="{"" if view.goes else "stays"}"><h2><span class="{state}">{escape(view.name)}</span> '
        f'<span class="small">{escape(what)}</span></h2>{inner}</section>\n'
    )


def _why(view: View) -> str:
    return "" if view.goes else f"<p>Gets nothing: {escape(view.why)}</p>"


def _findings(view: View) -> str:
    return "".join(f'<p class="bad">{escape(str(finding))}</p>' for finding in view.findings)


def _fields(view: View) -> str:
    if not view.fields:
        return ""
    shown = (f"<dt>{escape(name)}</dt><dd>{_field(text)}</dd>" for name, text in view.fields)
    return f"<dl>{''.join(shown)}</dl>"


def _field(text: str) -> str:
    if "\n" not in text and len(text) < 200:
        return escape(text)
    return f"<details><summary>{len(text):,} characters</summary><pre>{escape(text)}</pre></details>"


def _parts(view: View, picture: Callable[[str], str]) -> str:
    if view.kind == "site":
        return "".join(
            f'<div class="page">{to_html(part.text, address=_address(view, picture))}</div>' for part in view.parts
        )
    many = len(view.parts) > 1
    made = []
    for number, part in enumerate(view.parts, 1):
        which = f"Part {number} of {len(view.parts)}: " if many else ""
        made.append(f"{_count(which, part)}<pre>{escape(part.text)}</pre>")
    shown = (*view.media, *_card(view))
    return "".join(made) + "".join(_figure(each, picture(each.source)) for each in shown)


def _card(view: View) -> Iterator[Media]:
    """The social card that goes along, as a picture."""
    if view.thumbnail:
        yield Media(f"{THUMBNAIL}.png", "", ", ".join(line for line in view.thumbnail if line))


def _figure(media: Media, address: str) -> str:
    """A picture with its words; only the words where it cannot be shown."""
    shown = f'<img src="{escape(address)}" alt="{escape(media.alt)}">' if address else ""
    says = f"{escape(media.source)} · {escape(media.alt) or 'no alternative text'}"
    return f'<figure>{shown}<figcaption class="small">{says}</figcaption></figure>'


def _count(which: str, part: Part) -> str:
    of = f" of {part.limit:,}" if part.limit is not None else ""
    return f'<p class="small{" bad" if part.too_long else ""}">{which}{part.count:,}{of} {escape(part.unit)}</p>'


def _link(view: View) -> str:
    return f'<p class="small">Link: {escape(view.link)}</p>' if view.link else ""


def _served(view: View) -> Callable[[str], str]:
    """Where the page's own server has the pictures of a view."""
    return lambda name: f"media/{quote(view.name, safe='')}/{quote(name)}"


def _address(view: View, picture: Callable[[str], str]) -> Callable[[str], str]:
    """Where links and pictures of the text lead: the view's own pictures are shown, other addresses stay."""
    names = {each.source for each in view.media}

    def address(written: str) -> str:
        name = local_name(written)
        if name in names:
            return picture(name)
        return written if is_absolute(written) or written.startswith("#") else ""

    return address
