"""The index that the page to search with reads: made by Pagefind from the finished pages, and from nothing else."""

import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = "pagefind"
"""Where the index lies, below the site's root."""
_PIECE = "article.piece"
_NOT_ITS_WORDS = [".kind", ".by", ".stale", ".contents", "footer"]
_READ_BY_US = re.compile(r"pagefind(?:-worker)?\.js|pagefind-entry\.json|.*\.(?:pagefind|pf_\w+)")


def is_installed() -> bool:
    """Whether Pagefind is there (``expertpost[pagefind]``)."""
    from importlib.util import find_spec

    return find_spec("pagefind") is not None and find_spec("pagefind_bin") is not None


def index_files(pages: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """The index of the pages of pieces (path below the root, HTML), as files by path."""
    import asyncio
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_index(pages, folder))
        root = Path(folder)
        found = {file.relative_to(root).as_posix(): file for file in sorted(root.rglob("*")) if file.is_file()}
        return {f"{FOLDER}/{path}": file.read_bytes() for path, file in found.items() if _READ_BY_US.fullmatch(path)}


async def _index(pages: Iterable[tuple[str, str]], folder: str) -> None:
    from pagefind.index import IndexConfig, PagefindIndex

    config = IndexConfig(root_selector=_PIECE, exclude_selectors=_NOT_ITS_WORDS)
    async with PagefindIndex(config) as index:
        for path, html in pages:
            await index.add_html_file(content=html, url=path)
        await index.write_files(output_path=folder)
        await index.delete_index()
