"""One worker of a site's build: a press with hands, reading from the repository and writing into the built folder."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from expertpost.model.piece import Asset
from expertpost.store.files import MAX_ASSET, CommitFiles, Files, WorkFiles
from expertpost.store.git import Git
from expertpost.store.output import Output
from expertpost.store.pieces import Listing, load_some
from expertpost.store.tree import Entry
from expertpost.web.press import Order, Press, Source
from expertpost.web.rows import Row
from expertpost.web.standing import Facts

CHUNK = 400
"""Texts that are read from the repository at a time, so that memory stays small."""


class Job(NamedTuple):
    """What makes a worker in another process. ``commit`` "" stands for the work tree at ``root``."""

    root: Path
    env: Mapping[str, str]
    commit: str
    order: Order
    out: Path


class Share(NamedTuple):
    """The texts that one worker takes, each with its key; ``sorted_out`` is the listing they come from."""

    texts: tuple[tuple[Entry, str], ...]
    sorted_out: Listing


class Worker:
    """Takes a share, judges it and prints it; see ``Press``."""

    def __init__(self, job: Job) -> None:
        here = WorkFiles(job.root)
        self._files: Files = CommitFiles(Git(job.root, job.env), job.commit, near=here) if job.commit else here
        self._config = job.order.config
        out = Output(job.out)
        self.press = Press(job.order, self._beside, out.write, out.has)

    def take(self, share: Share) -> frozenset[str]:
        """Read a share; the ids of its pieces."""
        ids: frozenset[str] = frozenset()
        for begin in range(0, len(share.texts), CHUNK):
            ids = self.press.take(self._sources(share.texts[begin : begin + CHUNK], share.sorted_out))
        return ids

    def judge(self, known: Facts) -> dict[str, Row]:
        """What the site may show of the share."""
        return self.press.judge(known)

    def print(self, slugs: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], int]:
        """Write the pages of the share that ``slugs`` holds."""
        return self.press.print(slugs)

    def _sources(self, texts: Sequence[tuple[Entry, str]], sorted_out: Listing) -> Iterator[Source]:
        loaded = load_some(self._files, self._config, sorted_out, [entry for entry, _ in texts])
        for one, (_, key) in zip(loaded, texts, strict=True):
            says = f"line {one.findings[0].line}: {one.findings[0].what}" if one.findings else ""
            yield Source(one.path, key, one.piece, says)

    def _beside(self, path: str, assets: Sequence[Asset]) -> Iterator[bytes | None]:
        if not assets:
            return
        folder = path.rpartition("/")[0]
        entries = [Entry(f"{folder}/{asset.name}", asset.blob, asset.size) for asset in assets]
        for content in self._files.read_all(entries, MAX_ASSET):
            yield content if isinstance(content, bytes) else None
