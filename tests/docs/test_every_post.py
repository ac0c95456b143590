"""One rich piece as every service of the handbook's page of channels would get it, kept as people have approved it.

After a change that is meant, write it anew and look at the difference:

    python -m tests.docs.test_every_post
"""

import re
from pathlib import Path

from tests.docs.test_channels_chapter import SECTIONS

from expertpost.model.audience import Audiences
from expertpost.model.canonical import blob_id
from expertpost.model.piece import Asset, FrontMatter, Piece
from expertpost.model.post import bind
from expertpost.publishers import registry, settings
from expertpost.publishers.base import Address
from expertpost.render.shown import show
from expertpost.store.config import read_config
from expertpost.testing.samples import PICTURE
from expertpost.testing.stage import AT, KEY, URL

KEPT = Path(__file__).with_name("every_post.txt")
BODY = """A seal fails **from both sides** – 密封件会从*两侧*失效. 👩‍🔧👍🏽

::: colleagues
Ours failed in May.
:::

## Measure first

- pressure, see [the order form](https://acme.example/order?a=1&b=2)
- temperature ![the seal](seal.png)

```python
if p > 4:  # bar
    print("@everyone <!channel>")
```

Ask @anna, or look at https://acme.example/faq_1.
"""


def rich(*, summary: str) -> Piece:
    """The piece."""
    front = FrontMatter(
        id="01J9ZQ4Y7M3V5N8R2T6W0X1ABC",
        title="Look both ways",
        summary=summary,
        authors=("anna",),
        slug="look-both-ways",
        audience=("public",),
        topics=("sealing", "safety & care"),
        cover="seal.png",
        cover_alt="A seal, cut open",
        language="en",
    )
    return Piece(front, BODY, "drafts/look-both-ways/index.md", (Asset("seal.png", blob_id(PICTURE), len(PICTURE)),))


def told(name: str, *, summary: str, page: str) -> str:
    """What one service would get, with the settings of its example, as lines of text."""
    (example,) = re.findall(r"```toml\n(.*?)```", SECTIONS[name], re.DOTALL)
    (channel,) = read_config(f'[workspace]\nname = "A"\nid = "a-1"\n{example}'.encode()).channels.values()
    kind = registry.publisher(name)
    chosen, _ = settings.read(kind, channel)
    shown = show(rich(summary=summary), ("public",), Audiences(), {"anna": "Anna Muster"}, has_page=bool(page))
    values = kind(chosen, {}, Path()).values(Address(), KEY, AT, page)
    post = bind(kind.render(shown, chosen), values)
    fields = [f"{key} = {value}" for key, value in post.fields]
    return "\n".join([*post.parts, *fields, *([f"link = {post.link}"] if post.link else [])])


def seen() -> str:
    """What every service would get, announced and in full."""
    ways = (("announced", "What to measure before you order", URL), ("in full", "", ""))
    return "\n".join(
        f"======== {name}, {how}\n{told(name, summary=summary, page=page)}\n"
        for name in SECTIONS
        if "```toml" in SECTIONS[name]
        for how, summary, page in ways
    )


def test_every_post() -> None:
    """Every service gets just what is kept here; whoever changes it looks at the difference."""
    assert KEPT.read_text(encoding="utf-8") == seen()


def test_nobody_reads_what_is_not_for_them() -> None:
    """What is for colleagues is in no post for the public."""
    assert "Ours failed" not in seen()


if __name__ == "__main__":
    KEPT.write_text(seen(), encoding="utf-8")
