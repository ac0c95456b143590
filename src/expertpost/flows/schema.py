"""What front matter may hold, as a JSON Schema for editors and as the fields of an editor's form.

Editors help while somebody writes; only ``check`` judges. So the schema is never stricter than the rules are, and
unknown keys are welcome.
"""

from collections.abc import Mapping

from expertpost.model.canonical import Json
from expertpost.model.config import Config
from expertpost.model.draft import ALIASES, MAX_TITLE
from expertpost.model.identity import ID, SLUG
from expertpost.model.piece import Kind

_SAYS: Mapping[str, str] = {
    "id": "Permanent; written once by expertpost. Never change it.",
    "title": "What the piece is about",
    "summary": "One sentence for feeds, mails and search results",
    "authors": "Handles, mail addresses or names of those who wrote it",
    "audience": "Who may read it: all of these together; without it, colleagues",
    "channels": "The only channels it may go to; without it, every channel whose readers may read it",
    "topics": "Words that the piece can be found by",
    "kind": "What sort of text it is",
    "publish_at": "Not before this time: 2026-12-01T09:00+01:00, or a local time and timezone",
    "timezone": "The zone of publish_at, like Europe/Berlin",
    "slug": "Its part of the address; without it, the file's name",
    "canonical_url": "Where the original stands, if that is elsewhere",
    "cover": "A picture beside the piece",
    "cover_alt": "What the cover shows, for those who cannot see it",
    "editions": "Per channel the edition to send; raise it to send anew",
    "review_by": "The day on which somebody should look whether it is still true: 2027-06-30",
    "posts": "A text of your own for a channel, in place of the rendered one",
    "thread": "Whether a long post may become several",
    "language": "A language tag, like en or de-CH",
    "question": "The question that it answers; written by expertpost ask answer",
}
_FORM: Mapping[str, str] = {
    "title": "string",
    "summary": "string",
    "authors": "list",
    "audience": "choice",
    "channels": "choice",
    "topics": "tags",
    "kind": "choice",
    "publish_at": "datetime",
    "review_by": "string",
    "cover": "image",
    "cover_alt": "string",
    "language": "string",
}
"""The fields that an editor's form offers, and as what; the rest is for those who write front matter by hand."""


def front_matter_schema(config: Config) -> dict[str, Json]:
    """JSON Schema (draft 7, which every editor knows) for the front matter of a piece in this workspace."""
    properties: dict[str, Json] = {name: _property(name, config) for name in _SAYS}
    aliases: dict[str, Json] = {alias: properties[ours] for alias, ours in ALIASES.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The front matter of a piece",
        "type": "object",
        "required": ["id", "title"],
        "properties": {**properties, **aliases},
        "additionalProperties": True,
    }


def content_types(config: Config) -> list[Json]:
    """The content type ``piece`` for the editor extension Front Matter."""
    fields: list[Json] = []
    for name, form in _FORM.items():
        field: dict[str, Json] = {"title": name.replace("_", " ").capitalize(), "name": name, "type": form}
        field["description"] = _SAYS[name]
        if choices := _choices(name, config):
            field |= {"choices": choices, "multiple": name != "kind"}
        fields.append(field)
    return [{"name": "piece", "pageBundle": False, "fields": fields}]


def _choices(name: str, config: Config) -> list[Json]:
    kinds = [kind.value for kind in Kind]
    named = {"kind": kinds, "audience": [*config.audiences.named], "channels": [*config.channels]}
    return list(named.get(name, ()))


def _property(name: str, config: Config) -> dict[str, Json]:
    texts: dict[str, Json] = {"type": ["array", "string"], "items": {"type": "string"}}
    shapes: dict[str, dict[str, Json]] = {
        "id": {"type": "string", "pattern": f"^{ID.pattern}$"},
        "title": {"type": "string", "minLength": 1, "maxLength": MAX_TITLE},
        "authors": texts,
        "audience": {**texts, "examples": [[name] for name in config.audiences.named]},
        "channels": {**texts, "examples": [[name] for name in config.channels]},
        "topics": texts,
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "slug": {"type": "string", "pattern": f"^{SLUG.pattern}$"},
        "editions": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        "posts": {"type": "object", "additionalProperties": {"type": "string"}},
        "thread": {"type": "boolean"},
    }
    return {"description": _SAYS[name], **shapes.get(name, {"type": "string"})}
