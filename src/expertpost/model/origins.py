"""At which addresses the posts of a channel can be: what the settings name, and nothing else. Pure."""

from urllib.parse import urlsplit

from expertpost.model.config import Config


def origins(config: Config, channel: str) -> frozenset[str]:
    """The origins (``https://host:port``) that the settings of a channel name, and those of the sites."""
    place = config.channels.get(channel)
    texts = [value for value in place.settings.values() if isinstance(value, str)] if place else []
    found = (origin(text) for text in (*texts, *(site.base_url for site in config.sites.values())))
    return frozenset(one for one in found if one)


def origin(text: str) -> str:
    """The origin of a web address, "" for any other text."""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.scheme in ("http", "https") and parts.hostname else ""


def is_home(config: Config, channel: str, says: str) -> bool:
    """Whether this is the id of a post, or an address below one of the channel's origins."""
    return "://" not in says or origin(says) in origins(config, channel)
