"""One rich piece as every service of the handbook's chapter of channels would get it, kept as people have approved it.

After a change that is meant, write it anew and look at the difference:

    python -m tests.docs.test_every_post
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.channels import PAGES, ready

from expertpost.flows.posts import offer
from expertpost.model.canonical import blob_id
from expertpost.model.channel import Site
from expertpost.model.people import People, Person
from expertpost.model.piece import Asset, FrontMatter, Piece
from expertpost.model.post import bind
from expertpost.store.templates import of_posts
from expertpost.testing.samples import PICTURE
from expertpost.testing.stage import URL

PEOPLE = People((Person(handle="anna", name="Anna Muster", emails=("anna@acme.example",)),))
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


def told(name: str, *, summary: str = "", page: bool = False, thread: bool = False) -> str:
    """What one service would get by the function behind preview, approve and publish, as lines of text."""
    one = ready(name)
    sites = {"outside": Site("outside", ("public",), "https://hub.example.com/")} if page else {}
    config = replace(one.config, sites=sites, templates=of_posts({}))
    piece = rich(summary=summary)
    piece = replace(piece, front=replace(piece.front, thread=thread))
    found = offer(config, PEOPLE, piece, one.channel)
    assert found.post is not None
    post = bind(found.post, one.values(URL if page else ""))
    fields = [f"{key} = {value}" for key, value in post.fields]
    media = [f"picture = {each.source}: {each.alt} ({each.transformation})" for each in post.media]
    link = [f"link = {post.link}"] if post.link else []
    findings = [f"{each.severity}: {each.code} {each.what}" for each in found.findings]
    return "\n".join(["\n--------\n".join(post.parts), *fields, *media, *link, *findings])


def seen() -> str:
    """What every service would get: announced, in full, and as a thread where it takes one."""
    announced = partial(told, summary="What to measure before you order", page=True)
    ways: tuple[tuple[str, Callable[[str], str]], ...] = (("announced", announced), ("in full", told))
    thread: tuple[str, Callable[[str], str]] = ("as a thread", partial(told, thread=True))
    return "\n".join(
        f"======== {name}, {how}\n{way(name)}\n"
        for name in PAGES
        for how, way in (*ways, *([thread] if ready(name).publisher.limits.parts > 1 else []))
    )


def test_every_post() -> None:
    """Every service gets just what is kept here; whoever changes it looks at the difference."""
    assert KEPT.read_text(encoding="utf-8") == seen()


def test_nobody_reads_what_is_not_for_them() -> None:
    """What is for colleagues is in no post for the public."""
    assert "Ours failed" not in seen()


if __name__ == "__main__":
    KEPT.write_text(seen(), encoding="utf-8")
