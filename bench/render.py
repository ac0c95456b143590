"""What posts cost: 1,000 pieces for 12 channels, against the parser alone reading each text once for each channel."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from bench import corpus
from bench.ratios import Row, milliseconds

from expertpost.flows.posts import offers
from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.render.events import parser, step_of
from expertpost.store.config import read_config
from expertpost.store.pieces import load
from expertpost.store.templates import of_posts

TIMES, PIECES = 5, 1_000
GOAL = 3
_ENV = '{ env = "SECRET" }'
_CHANNELS = {
    "bluesky": f'handle = "acme.bsky.social"\npassword = {_ENV}',
    "discord": f'room = "#news"\nwebhook = {_ENV}',
    "email": 'host = "smtp.example.org"\nsender = "experts@example.org"\nrecipients = ["bea@supplier.example"]',
    "folder": 'path = "out"',
    "linkedin": f'author = "urn:li:organization:1"\ntoken = {_ENV}\nversion = "202609"',
    "mastodon": f'server = "https://social.example"\nuser = "acme"\ntoken = {_ENV}',
    "matrix": f'homeserver = "https://m.example"\nroom = "!a:m.example"\nuser = "@acme:m.example"\ntoken = {_ENV}',
    "slack": f'channel = "C012AB3CD"\ntoken = {_ENV}',
    "teams": f'room = "News"\nwebhook = {_ENV}',
    "telegram": f'chat = "@acme"\ntoken = {_ENV}',
    "wordpress": f'site = "https://blog.example"\nuser = "acme"\npassword = {_ENV}',
    "x": f'user = "acme"\napi_key = {_ENV}\napi_secret = {_ENV}\naccess_token = {_ENV}\naccess_secret = {_ENV}',
}


def rows() -> list[Row]:
    """Announcements where a page holds the rest, whole texts for the services that keep pages of their own."""
    texts = "".join(
        f'[channels.{name}]\npublisher = "{name}"\nreaders = ["colleagues"]\n{text}\n'
        for name, text in _CHANNELS.items()
    )
    settings = corpus.CONFIG.replace(
        'readers = ["colleagues"]', 'readers = ["colleagues"]\nbase_url = "https://hub.example/"'
    )
    config = _with_templates(f"{settings}{texts}")
    pieces = [load(path, text.encode(), config).piece for path, text in corpus.pieces(PIECES)]

    def parse() -> None:
        for piece in pieces:
            assert piece is not None
            for _ in map(step_of, parser().events(piece.body)):
                pass

    def render() -> None:
        for piece in pieces:
            assert piece is not None
            assert all(offer.post for offer in offers(config, People(), piece))

    parsing, rendering = _costs(parse, render)
    parsing *= len(_CHANNELS)
    note = f"{milliseconds(rendering)} ÷ {milliseconds(parsing)}"
    return [
        Row(
            f"posts of {PIECES:,} pieces × {len(_CHANNELS)} channels ÷ parsing them as often, CPU",
            GOAL,
            rendering / parsing,
            note,
        )
    ]


def _with_templates(settings: str) -> Config:
    return replace(read_config(settings.encode()), templates=of_posts({}))


def _costs(*jobs: Callable[[], None]) -> list[float]:
    """The median processor time of each job, all of them run in turns, after one turn that is not counted."""
    found: list[list[float]] = [[] for _ in jobs]
    for turn in range(TIMES + 1):
        for job, costs in zip(jobs, found, strict=True):
            gc.collect()
            begin = time.process_time()
            job()
            if turn:
                costs.append(time.process_time() - begin)
    return [statistics.median(costs) for costs in found]
