"""``publish`` with twenty channels and nothing due, against ``status`` of the same workspace.

Once as a runner on a machine of its own meets it, which was there before, and once on an empty disk.
"""

import sys
import tempfile
from pathlib import Path

from bench import corpus
from bench.ratios import Job, Row, interleaved, milliseconds

from expertpost.flows.quiet import NOTE

TIMES = 10
PIECES = 20
_SECRET = '{{ env = "NOT_HERE" }}'
_EACH = (
    f'publisher = "mastodon"\nserver = "https://social.example"\nuser = "acme{{n}}"\ntoken = {_SECRET}\n',
    f'publisher = "bluesky"\nhandle = "acme{{n}}.bsky.social"\npassword = {_SECRET}\n',
    f'publisher = "slack"\nchannel = "C{{n}}"\ntoken = {_SECRET}\n',
    f'publisher = "linkedin"\nauthor = "urn:li:organization:{{n}}"\nversion = "202609"\ntoken = {_SECRET}\n',
    (
        f'publisher = "x"\nuser = "acme{{n}}"\napi_key = {_SECRET}\napi_secret = {_SECRET}\naccess_token = {_SECRET}\n'
        f"access_secret = {_SECRET}\n"
    ),
)
CHANNELS = "".join(
    f'\n[channels.channel-{n}]\nreaders = ["public"]\n{_EACH[n % len(_EACH)].format(n=n)}' for n in range(20)
)
"""Four accounts on each of five services."""


def rows() -> list[Row]:
    """The two rows; every process is measured whole."""
    expertpost = str(Path(sys.executable).with_name("expertpost"))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        corpus.write(here, PIECES)
        with (here / "expertpost.toml").open("a", encoding="utf-8") as settings:
            settings.write(CHANNELS)
        corpus.commit(here)

        def forget() -> None:
            (here / ".git" / "expertpost" / NOTE).unlink(missing_ok=True)

        publish = [expertpost, "publish"]
        found = interleaved(
            TIMES,
            status=Job([expertpost, "status"], here),
            first=Job(publish, here, before=forget),
            publish=Job(publish, here),
        )
    says = {"publish": "nothing due or changed", "first": "nothing due, on an empty disk"}
    theirs = found["status"].wall
    return [
        Row(
            f"`publish`, 20 channels, {told} ÷ `status`",
            1.3,
            found[name].wall / theirs,
            f"{milliseconds(found[name].wall)} ÷ {milliseconds(theirs)}",
        )
        for name, told in says.items()
    ]
