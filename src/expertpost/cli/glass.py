"""How ``preview`` is shown: frames on a terminal, plain lines elsewhere, one value for programs, or a page."""

import sys
from collections.abc import Iterator

from expertpost.cli.output import finding_json, interactive, note, print_json, safe, say
from expertpost.cli.output import show as show_rich
from expertpost.flows.preview import Glass
from expertpost.model.canonical import Json
from expertpost.render.preview import Part, Preview, View

_LONG = 400
"""Characters from which another field than the text is only counted."""


def show(preview: Preview) -> None:
    """Print what every place would get; those that get nothing come last."""
    goes = [view for view in preview.views if view.goes or view.parts]
    say(f"{preview.title} – {preview.path}, for {', '.join(preview.audience)}")
    for view in goes:
        _show_one(view)
    stays = [view for view in preview.views if view not in goes]
    if stays:
        say()
        say("Gets nothing:")
    for view in stays:
        say(f"  {view.name}: {view.why}")
        for finding in view.findings:
            say(f"    {finding}")


def _show_one(view: View) -> None:
    head = f"{view.name} ({view.kind}, read by {', '.join(view.readers)})"
    lines = list(_lines(view))
    if not sys.stdout.isatty():
        say()
        say(f"== {head}")
        for line in lines:
            say(line)
        return
    from rich.panel import Panel
    from rich.text import Text

    show_rich(Panel(Text(safe("\n".join(lines))), title=Text(safe(head)), title_align="left"))


def _lines(view: View) -> Iterator[str]:
    if not view.goes:
        yield f"Cannot go as it is: {view.why}"
    for finding in view.findings:
        yield str(finding)
    for name, text in view.fields:
        yield f"{name}: {text}" if len(text) <= _LONG else f"{name}: {len(text):,} characters"
    for number, part in enumerate(view.parts, 1):
        which = f"part {number} of {len(view.parts)}, " if len(view.parts) > 1 else ""
        yield f"-- {which}{_count(part)}"
        yield part.text
    for media in view.media:
        yield f"-- picture {media.source}: {media.alt or 'no alternative text'}"
    if view.link:
        yield f"-- link {view.link}"


def _count(part: Part) -> str:
    of = f" of {part.limit:,}" if part.limit is not None else ""
    return f"{part.count:,}{of} {part.unit}{' – TOO LONG' if part.too_long else ''}"


def as_value(preview: Preview) -> dict[str, Json]:
    """All of it as JSON."""
    return {
        "title": preview.title,
        "slug": preview.slug,
        "path": preview.path,
        "audience": list(preview.audience),
        "places": [_view_json(view) for view in preview.views],
    }


def _view_json(view: View) -> dict[str, Json]:
    return {
        "name": view.name,
        "kind": view.kind,
        "readers": list(view.readers),
        "goes": view.goes,
        "why": view.why,
        "parts": [
            {"text": part.text, "count": part.count, "limit": part.limit, "unit": part.unit} for part in view.parts
        ],
        "fields": dict(view.fields),
        "media": [{"source": each.source, "alt": each.alt, "blob": each.blob} for each in view.media],
        "link": view.link,
        "digest": view.digest,
        "findings": [finding_json(finding) for finding in view.findings],
    }


def serve(glass: Glass, *, as_json: bool) -> None:
    """Show it on a page until somebody presses Ctrl-C. The page opens by itself on a terminal."""
    import webbrowser

    from expertpost.web.preview import PreviewServer

    glass.look()
    server = PreviewServer(glass.look, glass.picture, glass.world.entropy)
    if as_json:
        print_json("expertpost.preview-page/1", {"url": server.url})
    else:
        say(server.url)
    sys.stdout.flush()
    if interactive():
        webbrowser.open(server.url)
    note("Ctrl-C ends the preview; the page follows while you write")
    try:
        server.run()
    except KeyboardInterrupt:
        note("The preview has ended")
