"""One review as one HTML file that needs nothing else: no script, no request, pictures in it. Pure.

Whatever comes from people is escaped, and loses control and direction characters but where a post is shown as it
would go out; Markdown goes through the renderer of the sites. The content security policy allows the one style sheet,
by its digest, and the pictures in the file.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from html import escape

from expertpost.errors import Finding
from expertpost.model.event import Event
from expertpost.model.harmless import safe
from expertpost.render.sheet import IN_THREADS, Sheet, Talk, deed
from expertpost.web.preview import PICTURES
from expertpost.web.preview_page import STYLE, section

_STYLE = f"""\
{STYLE}
:root {{ --accent: #1f5fa8; --add: #1a7f3714; --del: #b3261e14; --soft: #8881; }}
@media (prefers-color-scheme: dark) {{ :root {{ --accent: #8ab8ee; --add: #8fd19e22; --del: #f2b8b522; }} }}
body {{ max-width: 60rem; }} main {{ display: block; }}
a {{ color: var(--accent); }} a:focus-visible {{ outline: 3px solid var(--accent); outline-offset: 2px; }}
.skip {{ position: absolute; left: -99rem; }} .skip:focus {{ left: 1rem; }}
header h1 {{ font-size: 1.6rem; line-height: 1.25; }} main > h2 {{ font-size: 1.25rem; margin: 2rem 0 .75rem; }}
section h3 {{ font-size: 1.05rem; margin: 0 0 .5rem; }} h3 .small {{ font-weight: 400; }}
.facts {{ display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0 0; }}
.facts dd {{ margin: 0; }} .facts dt {{ font-weight: 400; opacity: .8; }}
.note {{ border-left: 4px solid var(--bad); background: var(--soft); padding: .5rem .75rem; margin: 1rem 0 0; }}
nav ul {{ list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: 1rem 0 0; }}
.diff {{ border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 0; font: .875rem/1.5 monospace; }}
.diff span {{ display: block; padding: 0 .75rem; min-height: 1.5em; }}
.diff .add {{ background: var(--add); }} .diff .del {{ background: var(--del); }} .diff .at {{ opacity: .65; }}
.thread {{ border-left: 4px solid var(--accent); }} .thread.done {{ border-left-color: var(--line); opacity: .8; }}
.thread blockquote {{ margin: .25rem 0 .5rem; padding: 0 .75rem; border-left: 3px solid var(--line); }}
.thread p {{ margin: .25rem 0; white-space: pre-wrap; }} .who {{ font-weight: 600; }}
.steps {{ padding-left: 1.25rem; }} footer {{ margin: 2rem 0; opacity: .8; }}
@media (max-width: 40rem) {{ .facts {{ grid-template-columns: 1fr; }} .facts dd {{ margin: 0 0 .5rem; }} }}
"""
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"


def review_page(sheet: Sheet) -> str:
    """The whole file."""
    parts = {name: (title, body) for name, title, body in _parts(sheet) if body}
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, (title, _) in parts.items())
    main = "".join(f'<h2 id="{name}">{title}</h2>\n{body}\n' for name, (title, body) in parts.items())
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f'<meta name="referrer" content="no-referrer"><title>Review: {_text(sheet.title)}</title>'
        f"<style>{_STYLE}</style>"
    )
    nav = f'<nav aria-label="Parts"><ul>{links}</ul></nav>'
    body = (
        f'<a class="skip" href="#main">To the text</a>\n{_header(sheet)}\n{nav}\n'
        f'<main id="main">\n{main}</main>\n{_footer(sheet)}'
    )
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _parts(sheet: Sheet) -> Iterator[tuple[str, str, str]]:
    """Every part as (anchor, title, HTML); a part without HTML is left out."""
    yield "changes", "What it changes", _diff(sheet.diff)
    yield "text", "The text", "" if sheet.diff else f"<pre>{_text(sheet.text)}</pre>"
    yield "previews", "What would go out", _previews(sheet)
    yield "checks", "Checks", _findings(sheet.findings)
    yield "comments", "Comments", "".join(map(_thread, _open_first(sheet.talks)))
    yield "log", "What was done", _steps(sheet.events)


def _text(text: str) -> str:
    return escape(safe(text))


def _header(sheet: Sheet) -> str:
    facts = "".join(f"<dt>{_text(name)}</dt><dd>{_text(text)}</dd>" for name, text in sheet.facts)
    needs = "; ".join(sheet.needs)
    says = f'<p class="note">It still needs {_text(needs)}.</p>' if needs else ""
    also = "".join(
        f'<p class="note">The branch also changes {_text(path)}, which no approval covers.</p>' for path in sheet.also
    )
    return (
        f'<header><p class="small">{_text(sheet.workspace)} · under review, for reviewers only</p>'
        f'<h1>{_text(sheet.title)}</h1><dl class="facts">{facts}</dl>{says}{also}</header>'
    )


def _footer(sheet: Sheet) -> str:
    return (
        f'<footer class="small"><p>Written {sheet.made:%d %B %Y, %H:%M} UTC. It shows what was there then. '
        "Parts of it may be for fewer readers than the piece: do not pass it on. "
        "It cannot approve anything: <code>expertpost review approve</code> or the host’s page does.</p></footer>"
    )


_CLASSES = {"+": "add", "-": "del", "@": "at"}


def _diff(diff: str) -> str:
    """The lines of a difference, each marked; git's lines about the files themselves are left out but for the names."""
    lines = [line for line in diff.splitlines() if not line.startswith(("diff --git", "index ", "--- "))]
    marked = "".join(
        f'<span class="{"at" if line.startswith("+++ ") else _CLASSES.get(line[:1], "")}">{_text(line)}</span>'
        for line in lines
    )
    return f'<div class="diff" role="region" aria-label="Difference" tabindex="0">{marked}</div>' if lines else ""


def _previews(sheet: Sheet) -> str:
    views = sheet.preview.views if sheet.preview else ()
    ordered = sorted(views, key=lambda view: not view.goes)
    return _once("".join(_lower(section(view, _picture(sheet))) for view in ordered))


_IMAGE = re.compile(r'<img [^>]*?src="(data:[^"]+)"[^>]*>')
_ALT = re.compile(r' alt="([^"]*)"')


def _once(html: str) -> str:
    """The previews with each picture in them once: after the first time its number stands for it."""
    numbers: dict[str, int] = {}

    def shown(found: re.Match[str]) -> str:
        known, number = found[1] in numbers, numbers.setdefault(found[1], len(numbers) + 1)
        alt = _ALT.search(found[0])
        says = f"picture {number}, shown above: {alt[1] if alt else ''}" if known else f"picture {number}"
        return f'{"" if known else found[0]}<span class="small"> ({says})</span>'

    return _IMAGE.sub(shown, html)


def _lower(html: str) -> str:
    """A section of the preview page under a heading of this one."""
    return html.replace("<h2>", "<h3>", 1).replace("</h2>", "</h3>", 1)


def _picture(sheet: Sheet) -> Callable[[str], str]:
    def address(name: str) -> str:
        kind, content = PICTURES.get(name.rpartition(".")[2].lower()), sheet.pictures.get(name)
        return f"data:{kind};base64,{b64encode(content).decode()}" if kind and content else ""

    return address


def _findings(findings: Iterable[Finding]) -> str:
    items = "".join(f"<li>{_text(str(finding))}</li>" for finding in findings)
    return f"<ul>{items}</ul>" if items else "<p>Nothing to complain of.</p>"


def _open_first(talks: Iterable[Talk]) -> list[Talk]:
    return sorted(talks, key=lambda talk: talk.thread.resolved is not None)


def _thread(talk: Talk) -> str:
    first, end = talk.thread.first, talk.thread.resolved
    quote = f"<blockquote>{_text(first.quote)}</blockquote>" if first.quote else ""
    where = talk.where[:1].upper() + talk.where[1:] if talk.where else "About the whole piece"
    said = "".join(f"<p>{_who(event)} {_text(event.text)}</p>" for event in talk.thread.comments)
    done = f"<p>{_who(end)} resolved it. {_text(end.text)}</p>" if end else ""
    return (
        f'<section class="thread{" done" if end else ""}"><h3>{_text(where)}'
        f"{' – resolved' if end else ''}</h3>{quote}{said}{done}</section>\n"
    )


def _who(event: Event) -> str:
    unsigned = f", on {_text(event.origin)}" if event.origin else "" if event.signer else ", unsigned"
    when = f'<span class="small">{event.at:%d %B %Y, %H:%M}{unsigned}</span>'
    return f'<span class="who">{_text(event.by)}</span> {when}<br>'


def _steps(events: Iterable[Event]) -> str:
    items = "".join(
        f"<li>{_who(event)} {_text(deed(event))}{': ' + _text(event.text) if event.text else ''}</li>"
        for event in events
        if event.kind not in IN_THREADS
    )
    return f'<ol class="steps">{items}</ol>' if items else ""
