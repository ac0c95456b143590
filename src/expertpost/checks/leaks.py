"""Likely secrets: passwords, tokens and keys that somebody pasted, found by detect-secrets."""

import re
from collections.abc import Iterator

from expertpost.checks.context import Context
from expertpost.errors import Finding
from expertpost.model.draft import Value

_PLUGINS = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector",
    "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "IbmCloudIamDetector",
    "IbmCosHmacDetector", "JwtTokenDetector", "KeywordDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
    "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SoftlayerDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
_FILTERS = (
    "allowlist.is_line_allowlisted", "heuristic.is_sequential_string", "heuristic.is_potential_uuid",
    "heuristic.is_likely_id_string", "heuristic.is_templated_secret", "heuristic.is_prefixed_with_dollar_sign",
    "heuristic.is_indirect_reference", "heuristic.is_not_alphanumeric_string",
)  # fmt: skip
# Whatever one of these detectors finds has one of these in its line: the library is asked only where it may matter.
_WORDS = (
    "apikey", "api_key", "authkey", "auth_key", "servicekey", "service_key", "accountkey", "account_key", "dbkey",
    "db_key", "databasekey", "database_key", "privkey", "priv_key", "privatekey", "private_key", "private key",
    "clientkey", "client_key", "dbpass", "db_pass", "databasepass", "database_pass", "keypass", "key_pass", "password",
    "passwd", "pwd", "secret", "contrase", "putty-user-key",
)  # fmt: skip
_RUN = re.compile(r"(?<![\w-])[\w-]{16,}", re.ASCII)
_LOGIN = re.compile(r"://[^\s/:@]+:[^\s/@]+@")
_HEX = re.compile(r"[0-9a-f]{32}")
_STEP, _OVERLAP = 1_000, 300
"""Characters that are looked at together: the patterns take long over longer lines."""
_KEYWORD = "Secret Keyword"


def likely_secrets(context: Context) -> Iterator[Finding]:
    """Lines that seem to hold a secret; it is never repeated in the finding."""
    suspects = (
        [(n, line) for n, line in enumerate(context.body.split("\n"), 1) if _hints(line)]
        if _hints(context.body)
        else []
    )
    written = [
        (key, text)
        for key, value in context.raw.values.items()
        if key != "id"
        for text in _texts(value)
        if _hints(f"{key}: {text}")
    ]
    if not suspects and not written:
        return
    cure = "take it out and change it there; if it is an example, end the line with <!-- pragma: allowlist secret -->"
    for place, kinds in _scanned([*suspects, *((key, f"{key}: {text}") for key, text in written)]):
        what = f"this looks like a secret ({', '.join(sorted(kinds))})"
        if isinstance(place, int):
            yield context.found(place, "XP-SECRET", what, cure)
        else:
            yield context.found(0, "XP-SECRET", what, "take it out and change it there", key=place)


def _hints(text: str) -> bool:
    """Whether a text may hold a secret at all; quick, and wrong only on the safe side."""
    lower = text.lower()
    stem = "key" in lower or "pass" in lower or "pwd" in lower or "secret" in lower or "contrase" in lower
    if (stem and any(word in lower for word in _WORDS)) or "AKC" in text:
        return True
    if "://" in text and "@" in text and _LOGIN.search(text):
        return True
    return any(map(_is_token, _RUN.findall(text)))


def _is_token(run: str) -> bool:
    """Whether letters and digits are mixed as in tokens, not as in names and dates."""
    mixed = run != run.lower() and any(c.isdigit() for c in run)
    return mixed or _HEX.search(run) is not None


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _scanned(lines: list[tuple[int | str, str]]) -> Iterator[tuple[int | str, set[str]]]:
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import transient_settings

    settings = {
        "plugins_used": [{"name": name} for name in _PLUGINS],
        "filters_used": [{"path": f"detect_secrets.filters.{name}"} for name in _FILTERS],
    }
    with transient_settings(settings):
        for place, line in lines:
            starts = range(0, max(len(line), 1), _STEP)
            parts = [line[start : start + _STEP + _OVERLAP] for start in starts]
            found = {(each.type, each.secret_value or "") for part in parts for each in scan_line(part)}
            kinds = {kind for kind, value in found if kind != _KEYWORD or _is_no_prose(value)}
            if kinds:
                yield place, kinds


def _is_no_prose(value: str) -> bool:
    """Whether what follows a word like "password" looks like one: no spaces, long enough, more than letters."""
    return len(value) >= 8 and not re.search(r"\s", value) and bool(re.search(r"\d", value))
