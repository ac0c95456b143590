"""What sending costs: a batch over eight services against two peers, and one post against the bare HTTP client.

The peers do the same on the same services of this machine: npm's crosspost and PyPI's crier, a process for each piece,
for they know no batches. How often a service had to take a piece when its answers were lost, or when the sender was
killed and begun again, is told besides.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.loopback import Loopback
from bench.ratios import Job, Row, cost, milliseconds
from tests.flows.mailroom import SECRET, Mailroom, hook, mailroom, now, read_hook
from tests.flows.organisation import Clock

from expertpost.testing.twin import HttpTwin

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "bench" / "peers"
PIECES = 25
"""At eight services each: 200 posts."""
SINGLE = 200
TIMES = 3
BARE = (
    "import sys, httpx2\n"
    "with httpx2.Client() as client:\n"
    "    for number in range(int(sys.argv[2])):\n"
    "        client.post(sys.argv[1], content=b'x' * 400, headers={'webhook-id': str(number)})\n"
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that posts one piece to all its services: the command for each piece, and its environment."""

    name: str
    commands: Sequence[Sequence[str]]
    env: Mapping[str, str]


def rows() -> list[Row]:
    """The rows; those of a peer that cannot be installed here are left out."""
    with closing(Loopback()) as services, tempfile.TemporaryDirectory() as folder:
        peers = [peer for peer in (crosspost(services), crier(services, Path(folder))) if peer]
        found = [_against(services, peer, Path(folder)) for peer in peers]
    return [*found, _single()]


def _against(services: Loopback, peer: Peer, folder: Path) -> Row:
    theirs, ours = [], []
    for turn in range(TIMES):
        services.forget()
        theirs.append(sum(cost(Job(one, ROOT, peer.env)).wall for one in peer.commands))
        _complete(services, peer.name)
        services.forget()
        room = eight(services, folder / f"{peer.name}-{turn}")
        ours.append(cost(_publish(room, services)).wall)
        _complete(services, "expertpost")
    them, us = sorted(theirs)[TIMES // 2], sorted(ours)[TIMES // 2]
    goal = {"crosspost": 0.1, "crier": 0.2}[peer.name]
    doubled = "; ".join(f"{how}: {_doubled(services, peer, folder / f'{peer.name}-{how}', how)}" for how in HOW)
    note = f"{milliseconds(us)} ÷ {milliseconds(them)}; posts taken twice {doubled}"
    return Row(f"`publish` of {PIECES} pieces to 8 services ÷ {peer.name}", goal, us / them, note)


HOW = ("after 502", "after a kill")


def _doubled(services: Loopback, peer: Peer, folder: Path, how: str) -> str:
    """How many posts a service took more than once, theirs and ours, of one piece tried three times."""
    counts = []
    for who in (peer.name, "expertpost"):
        services.forget()
        room = eight(services, folder / who, pieces=1) if who == "expertpost" else None
        for _ in range(3):
            job = _publish(room, services) if room else Job(peer.commands[0], ROOT, peer.env)
            services.breaks = how == HOW[0]
            _attempt(job, services, kill=how == HOW[1])
            services.breaks = False
        counts.append(sum(count - 1 for count in services.taken.values()))
    return f"{peer.name} {counts[0]}, expertpost {counts[1]}"


def _attempt(job: Job, services: Loopback, *, kill: bool) -> None:
    """One attempt; ``kill``: the power goes off when half of the services have taken their post."""
    before = services.taken.total()
    child = subprocess.Popen(
        job.argv,
        cwd=job.here,
        env=job.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while child.poll() is None:
        if kill and services.taken.total() >= before + 4:
            os.killpg(child.pid, signal.SIGKILL)
        time.sleep(0.001)


def _complete(services: Loopback, who: str) -> None:
    counts = set(services.taken.values())
    if len(services.taken) != PIECES * 8 or counts != {1}:
        raise RuntimeError(f"{who} did not post {PIECES} pieces to 8 services: {len(services.taken)}, {counts}")


def eight(services: Loopback, folder: Path, pieces: int = PIECES) -> Mailroom:
    """An organisation with eight channels that lead to the services, and pieces that are due at all of them."""
    url = services.url
    settings = {
        "social": f'publisher = "mastodon"\nserver = "{url}/social"\nuser = "acme"\ntoken = {{ env = "HOOK_SECRET" }}',
        "sky": f'publisher = "bluesky"\nserver = "{url}/sky"\nhandle = "acme.example"\n'
        'password = { env = "HOOK_SECRET" }',
        "work": f'publisher = "linkedin"\napi = "{url}/api.linkedin.com"\nauthor = "urn:li:person:782bbtaQ"\n'
        'version = "202609"\ntoken = { env = "HOOK_SECRET" }',
        "room": 'publisher = "discord"\nroom = "news"\nwebhook = { env = "DISCORD" }',
        "forem": f'publisher = "devto"\nsite = "{url}/dev.to"\nuser = "acme"\nkey = {{ env = "HOOK_SECRET" }}',
        "telegram": f'publisher = "telegram"\napi = "{url}/api.telegram.org"\nchat = "@acme"\n'
        'token = { env = "TELEGRAM" }',
        "chat": f'publisher = "slack"\napi = "{url}/slack.com/api"\nchannel = "C012AB3CD"\n'
        'token = { env = "HOOK_SECRET" }',
        "x": f'publisher = "x"\napi = "{url}/api.x.com"\nuser = "acme"\napi_key = {{ env = "HOOK_SECRET" }}\n'
        'api_secret = { env = "HOOK_SECRET" }\naccess_token = { env = "HOOK_SECRET" }\n'
        'access_secret = { env = "HOOK_SECRET" }',
    }
    channels = [f'[channels.{name}]\nreaders = ["suppliers"]\n{told}\n' for name, told in settings.items()]
    room = mailroom(folder, *channels, more="[publish]\nburst = 100000")
    return _filled(room, pieces)


def _filled(room: Mailroom, pieces: int) -> Mailroom:
    room.clock = Clock(now())
    ids = [room.merge(n, f"Turn number-{n:04} gently.", summary=f"About number-{n:04}.") for n in range(1, pieces + 1)]
    room.approve(*ids, at=now() - timedelta(minutes=1))
    return room


def _publish(room: Mailroom, services: Loopback | None = None) -> Job:
    hooked = f"{services.url}/discord.com/api/webhooks/1/hook" if services else ""
    secrets = {"HOOK_SECRET": SECRET, "TELEGRAM": "1:key", "DISCORD": hooked}
    return Job([sys.executable, "-m", "expertpost", "publish"], room.runner.clone, {**room.runner.env, **secrets})


def crosspost(services: Loopback) -> Peer | None:
    """Npm's ``@humanwhocodes/crosspost``, at its locked version; None without npm."""
    at = ROOT / "build" / "bench-peers"
    if not shutil.which("npm"):
        return None
    if not (at / "node_modules").is_dir():
        shutil.copytree(PEERS, at, dirs_exist_ok=True)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=at, check=True)
    env = {
        **os.environ,
        "BENCH_URL": services.url,
        "TWITTER_API_CONSUMER_KEY": "a", "TWITTER_API_CONSUMER_SECRET": "b", "TWITTER_ACCESS_TOKEN_KEY": "c",
        "TWITTER_ACCESS_TOKEN_SECRET": "d", "MASTODON_ACCESS_TOKEN": "t", "MASTODON_HOST": "social",
        "BLUESKY_IDENTIFIER": "acme.example", "BLUESKY_PASSWORD": "p", "BLUESKY_HOST": "sky",
        "LINKEDIN_ACCESS_TOKEN": "t", "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/hook",
        "DEVTO_API_KEY": "k", "TELEGRAM_BOT_TOKEN": "1:key", "TELEGRAM_CHAT_ID": "@acme", "SLACK_TOKEN": "t",
        "SLACK_CHANNEL": "C012AB3CD",
    }  # fmt: skip
    program = at / "node_modules" / "@humanwhocodes" / "crosspost" / "dist" / "bin.js"
    flags = ["-t", "-m", "-b", "-l", "--discord-webhook", "--devto", "--telegram", "-s"]
    command = ["node", "--import", str(PEERS / "shim.mjs"), str(program), *flags]
    return Peer("crosspost", [[*command, f"Turn number-{n:04} gently."] for n in range(1, PIECES + 1)], env)


def crier(services: Loopback, folder: Path) -> Peer | None:
    """PyPI's ``crier``, from the packages for measuring; None where it is not installed."""
    program = Path(sys.executable).with_name("crier")
    if not program.exists():
        return None
    keys = {
        "MASTODON": "social:t", "BLUESKY": "acme.example:p", "LINKEDIN": "urn:li:person:782bbtaQ:t",
        "DISCORD": "https://discord.com/api/webhooks/1/hook", "DEVTO": "k", "TELEGRAM": "1:key:@acme",
        "GHOST": f"https://blog:{'a' * 24}:{'b' * 64}", "BUTTONDOWN": "k",
    }  # fmt: skip
    site = folder / "crier"
    site.mkdir()
    for n in range(1, PIECES + 1):
        front = f"title: Piece number-{n:04}\ndescription: About it\ncanonical_url: https://acme.example/{n}\n"
        (site / f"number-{n:04}.md").write_text(f"---\n{front}---\n\nTurn it.\n")
    env = {
        **os.environ, "BENCH_URL": services.url, "PYTHONPATH": str(PEERS / "crier"), "CRIER_DB": str(site / "crier.db"),
        "CRIER_CONFIG": str(site / "crier.yaml"), "HOME": str(site),
        **{f"CRIER_{name}_API_KEY": key for name, key in keys.items()},
    }  # fmt: skip
    to = [word for name in keys for word in ("--to", name.lower())]
    ways = ["--batch", "--no-check"]
    made = [[str(program), "publish", str(site / f"number-{n:04}.md"), *to, *ways] for n in range(1, PIECES + 1)]
    return Peer("crier", made, env)


def _single() -> Row:
    """CPU of one more delivery to a webhook, from judging to the ledger, against one more post by the bare client."""
    many, one = (_sent(count) for count in (SINGLE, 1))
    with closing(Loopback()) as services:
        url = services.url + "/dev.to/api/articles"
        bare = [cost(Job([sys.executable, "-c", BARE, url, str(count)], ROOT)).cpu for count in (SINGLE, 1)]
    per, floor = (1000 * used / (SINGLE - 1) for used in (many - one, bare[0] - bare[1]))
    note = f"{per:.2f} less {floor:.2f} ms, git and the shared repository's side of it included"
    return Row("CPU of an HTTP delivery less that of the bare client, in ms", 2, per - floor, note)


def _sent(pieces: int) -> float:
    """CPU seconds of a run that sends so many pieces to a webhook, git and its children included."""
    with tempfile.TemporaryDirectory() as folder, closing(HttpTwin(read_hook, keyed=True)) as twin:
        room = _filled(mailroom(Path(folder), hook(twin), more="[publish]\nburst = 100000"), pieces)
        return cost(_publish(room)).cpu
