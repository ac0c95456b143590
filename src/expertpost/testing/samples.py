"""Pieces that every publisher must cope with, as one set of readers may see them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace

from expertpost.model.audience import Audiences
from expertpost.model.canonical import blob_id
from expertpost.model.piece import Asset, FrontMatter, Piece
from expertpost.render.shown import Shown, show

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""

MEDIA: Mapping[str, bytes] = {"seal.png": PICTURE}
"""The bytes of every asset that the samples show."""

NARROWER = "Unter-uns-4711"
"""Words that only narrower readers may see; they are in every sample and must be in no post."""

FORGED_HEADER = "x-forged"
STRANGER = "victim@stranger.example"

_READERS = ("suppliers",)
_ASIDE = f"::: colleagues\n{NARROWER}, [see](https://inside.example/{NARROWER}) ![{NARROWER}]({NARROWER}.png)\n:::\n"
_AUTHORS = {"anna": "Anna Muster", "jo": "Jo O’Neill"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece by name, as its readers may see it."""

    name: str
    shown: Shown


def _shown(title: str, body: str, *, summary: str = "", pictures: bool = False, has_page: bool = True) -> Shown:
    front = FrontMatter(
        id="01J9ZQ4Y7M3V5N8R2T6W0X1ABC",
        title=title,
        summary=summary,
        authors=tuple(_AUTHORS),
        slug="look-both-ways",
        audience=_READERS,
        topics=("sealing", "safety & care"),
        cover="seal.png" if pictures else "",
        cover_alt="A seal, cut open" if pictures else "",
        posts={"another-channel": NARROWER},
        unknown=(NARROWER,),
    )
    assets = (Asset("seal.png", blob_id(PICTURE), len(PICTURE)), Asset(f"{NARROWER}.png", "0" * 40, 1))
    piece = Piece(front, f"{body}\n\n{_ASIDE}", "drafts/look-both-ways/index.md", assets)
    return show(piece, _READERS, Audiences(), _AUTHORS, has_page=has_page)


PLAIN = _shown(
    "Look both ways",
    "A seal fails **from both sides**.\n\n- measure\n- then [order](https://acme.example/order?a=1&b=2)\n\n`p > 4 bar`",
    summary="Seals fail from both sides: what to measure before you order",
)
"""A piece like any other."""

CORRECTED = _shown(
    "Look both ways",
    "A seal fails **from within**.\n\n- measure twice",
    summary="Seals fail from within: what to measure before you order",
)
"""The same piece, corrected."""

ANOTHER = replace(
    _shown("Mind the gap", "A gap is **never** closed.", summary="Gaps stay open: leave them alone"),
    front=replace(PLAIN.front, id="01J9ZQ4Y7M3V5N8R2T6W0X1ABD", title="Mind the gap", slug="mind-the-gap"),
)
"""Another piece, which went out by another delivery."""

_HOSTILE_TITLE = (
    f'Forged\r\nBcc: {STRANGER}\r\n{FORGED_HEADER}: yes\n---\n{FORGED_HEADER}: "yes" \ue000key\ue001 \x1b]0;owned\x07 '
    "@everyone <!here> <script>alert(1)</script>"
)
_HOSTILE_TEXT = (
    "Hello @everyone, @channel, @**all**, @room and <!channel>, <script>alert(1)</script> <img src=x onerror=alert(1)>"
    "\x1b[2J &#27;[2J <@U012AB3CD> <@&123> `@here`\n\n"
    "\ue000recipient\ue001 &#xE000;key&#xE001; {url} {{ 7*7 }} {% raw %}\n.\n\nBcc: "
    f'{STRANGER}\n\n[x](javascript:alert(1)) [y](data:text/html,<script>alert(1)</script>) [z](//evil.example "a\nb")'
    '\n\n<iframe srcdoc="<script>alert(1)</script>">\n\n---\n\n"}],"type":"forged","x":"\n\n\u202eevil\u2028'
)

HOSTILE = _shown(
    _HOSTILE_TITLE, _HOSTILE_TEXT, summary=f"Sum\r\n{FORGED_HEADER}: yes @everyone <!here> <script>alert(1)</script>"
)
"""A piece that tries to forge headers, placeholders, markup, mass calls and terminal commands."""

HOSTILE_TEXT = _shown(_HOSTILE_TITLE, _HOSTILE_TEXT, has_page=False)
"""The same without a page or summary: all of its text goes out."""

SAMPLES = (
    Sample("plain", PLAIN),
    Sample("hostile", HOSTILE),
    Sample("hostile text", HOSTILE_TEXT),
    Sample("pictures", _shown("With pictures", "See ![a seal](seal.png) and [the file](seal.png).", pictures=True)),
    Sample("long", _shown("Long " * 59, "A sentence that says a thing or two. " * 1_000)),
    Sample("wide", _shown("宽 👩‍👩‍👧‍👦 नमस्ते", "👩‍👩‍👧‍👦 नमस्ते 宽度 " * 300)),
    Sample("empty", _shown("Nothing", "")),
    Sample("no page", _shown("No page", "Some words.", has_page=False)),
)
"""Every kind of piece."""
