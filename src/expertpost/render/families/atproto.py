"""What a name is in the AT Protocol (atproto.com/specs): handles, record keys, AT URIs and languages. Pure."""

import re

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?")
_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_COLLECTION = re.compile(rf"[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(?:\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}")
_RECORD_KEY = re.compile(r"[a-zA-Z0-9_~.:-]{1,512}")
_LANGUAGE = re.compile(r"(?:i|[a-z]{2,3})(?:-[a-zA-Z0-9]+)*|[xX](?:-[a-zA-Z0-9]+)+")
_LONGEST_HANDLE, _LONGEST_DID, _LONGEST_COLLECTION = 253, 2_048, 317


def is_handle(text: str) -> bool:
    """Whether a text is a handle: a domain name, without the ``@``."""
    return len(text) <= _LONGEST_HANDLE and bool(_HANDLE.fullmatch(text))


def is_record_key(text: str) -> bool:
    """Whether a record may have this key."""
    return text not in (".", "..") and bool(_RECORD_KEY.fullmatch(text))


def is_at_uri(text: str) -> bool:
    """Whether a text is the address of a repository, a collection or a record: ``at://who/collection/key``."""
    scheme, _, rest = text.partition("://")
    who, *names = rest.split("/")
    if scheme != "at" or len(names) > 2 or not (is_handle(who) or _is_did(who)):
        return False
    return (not names or _is_collection(names[0])) and (len(names) < 2 or is_record_key(names[1]))


def is_language(text: str) -> bool:
    """Whether a text is a language as records name it (BCP 47)."""
    return bool(_LANGUAGE.fullmatch(text))


def _is_did(text: str) -> bool:
    return len(text) <= _LONGEST_DID and bool(_DID.fullmatch(text))


def _is_collection(text: str) -> bool:
    return len(text) <= _LONGEST_COLLECTION and bool(_COLLECTION.fullmatch(text))
