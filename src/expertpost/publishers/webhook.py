"""Signed webhooks after the Standard Webhooks specification 1.0.0: one POST of JSON per piece."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from expertpost.model.canonical import canonical_json, sha256
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Outcome, Receipt, Refused
from expertpost.model.post import DATE, URL, Post
from expertpost.publishers import http
from expertpost.publishers.base import Address, Probe, Problem, Publisher, Sending, rfc3339
from expertpost.render.families.plain import to_text
from expertpost.render.markdown import only_absolute, to_html
from expertpost.render.shown import Shown, clean

EVENT = "piece.published"
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """``url``: where the POST goes. ``secret``: one signing secret, or an old and a new one with a space between.

    ``allow_http``: send without encryption to another machine too.
    """

    url: str
    secret: SecretName
    allow_http: bool = False


class Webhook(Publisher[WebhookSettings]):
    """POSTs each piece as signed JSON; the receiver drops repeats by ``webhook-id``, which is the delivery key."""

    says = "signed POST of JSON to an address (Standard Webhooks)"
    settings_type = WebhookSettings
    guarantee = Guarantee.KEYED
    key_life = timedelta(days=3)
    """Standard Webhooks lets senders repeat an id for so long (its schedule of retries, 75 hours in all)."""

    @classmethod
    def judge(cls, settings: WebhookSettings) -> Iterable[Problem]:
        """The address must be one, and encrypted unless it is this machine's own."""
        problem = http.problem_with(settings.url, allow_http=settings.allow_http)
        return [Problem("url", problem, 'write url = "https://…"')] if problem else []

    @classmethod
    def render(cls, shown: Shown, settings: WebhookSettings) -> Post:
        """One part: the canonical JSON that is signed and sent. Its placeholders stand inside JSON strings."""
        front, body = shown.front, shown.written or shown.body
        piece = {
            "id": front.id,
            "kind": front.kind.value,
            "title": front.title,
            "summary": front.summary,
            "url": URL if shown.has_page else None,
            "html": clean(to_html(body, address=only_absolute)),
            "text": clean(to_text(body)),
            "topics": list(front.topics),
            "authors": [{"handle": handle, "name": shown.authors.get(handle, handle)} for handle in front.authors],
            "audience": sorted(shown.readers),
            "language": front.language or None,
        }
        return Post((canonical_json({"type": EVENT, "timestamp": DATE, "data": piece}).decode(),))

    @property
    def account(self) -> str:
        """The receiving host and a digest of the whole address, which may hold a token."""
        return f"{urlsplit(self.settings.url).hostname}/{sha256(self.settings.url.encode())[:16]}"

    def values(self, to: Address, key: str, at: datetime, url: str) -> Mapping[str, str]:
        """The moment and the page's address, escaped for the inside of a JSON string."""
        return {"date": rfc3339(at), "url": json.dumps(url, ensure_ascii=False)[1:-1]}

    def look(self, at: datetime) -> Probe | Outcome:
        """Ask for the headers of the address: any answer but a refusal of access shows that somebody listens."""
        answer = http.call("HEAD", self.settings.url, allow_http=self.settings.allow_http)
        if not isinstance(answer, http.Answer):
            return answer
        problem = http.judge(answer, at)
        of_account = isinstance(problem, Refused) and problem.because is Because.ACCOUNT
        return problem if of_account and problem else Probe(self.account)

    def deliver(self, sending: Sending) -> Outcome:
        """POST the payload once; any 2xx is a receipt."""
        payload = sending.post.parts[0].encode()
        try:
            headers = signed_headers(self.secrets["secret"], sending.key, sending.at, payload)
        except ValueError as wrong:
            return Refused(str(wrong), Because.ACCOUNT)
        answer = http.call(
            "POST",
            self.settings.url,
            headers={"content-type": "application/json", **headers},
            body=payload,
            deadline=sending.deadline,
            allow_http=self.settings.allow_http,
        )
        if not isinstance(answer, http.Answer):
            return answer
        return http.judge(answer, sending.at) or Receipt(sending.key)


def signed_headers(secrets: str, message_id: str, at: datetime, payload: bytes) -> dict[str, str]:
    """The three headers of the specification; one signature for each of the secrets, which stand with spaces between.

    Raises ValueError for a secret that is not ``whsec_`` and 24 to 64 bytes in base64.
    """
    stamp = str(int(at.timestamp()))
    content = f"{message_id}.{stamp}.".encode() + payload
    signatures = [base64.b64encode(hmac.digest(_key(one), content, hashlib.sha256)).decode() for one in secrets.split()]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else b""
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError(f"the signing secret must be {_PREFIX} and 24 to 64 bytes in base64")
    return key
