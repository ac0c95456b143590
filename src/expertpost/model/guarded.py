"""Changes of who may decide, by which rules, and of what runs them: shown as such, and approved by an admin. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from expertpost.model.config import Config
from expertpost.model.event import EventKind
from expertpost.model.people import ADMIN, People, Person
from expertpost.model.policy import Reason, Why, credible, stopped
from expertpost.model.review import Review


class Guard(StrEnum):
    """What a path decides, in words that end “it changes …”."""

    PEOPLE = "people"
    SETTINGS = "settings"
    TEMPLATES = "templates"
    RECIPIENTS = "recipients"
    CI = "CI"


_FOLDERS = {
    "people/": Guard.PEOPLE,
    "templates/": Guard.TEMPLATES,
    ".github/": Guard.CI,
    ".gitlab/": Guard.CI,
    ".gitea/": Guard.CI,
    ".forgejo/": Guard.CI,
    ".woodpecker/": Guard.CI,
    ".circleci/": Guard.CI,
}
_FILES = {
    "expertpost.toml": Guard.SETTINGS,
    "policy-tests.toml": Guard.SETTINGS,
    "channels.lock": Guard.SETTINGS,
    "CODEOWNERS": Guard.CI,
    ".gitlab-ci.yml": Guard.CI,
    ".woodpecker.yml": Guard.CI,
    "bitbucket-pipelines.yml": Guard.CI,
    "azure-pipelines.yml": Guard.CI,
    "Jenkinsfile": Guard.CI,
}


def guard_of(path: str, lists: Iterable[str]) -> Guard | None:
    """What a path decides; None for any other. ``lists``: the files that name recipients (``lists_of``)."""
    if path in lists:
        return Guard.RECIPIENTS
    return _FILES.get(path) or next((guard for folder, guard in _FOLDERS.items() if path.startswith(folder)), None)


def lists_of(config: Config) -> frozenset[str]:
    """The files of a workspace that the settings of its channels name, such as ``recipients = { file = "…" }``."""
    found = set()
    for channel in config.channels.values():
        for value in channel.settings.values():
            file = value.get("file") if isinstance(value, Mapping) else None
            if isinstance(file, str):
                found.add(file.removeprefix("./"))
    return frozenset(found)


def admins(people: People) -> tuple[str, ...]:
    """The handles of everyone who has the role."""
    return tuple(person.handle for person in people.listed if ADMIN in person.roles)


def entry_needs(config: Config, people: People, entry: Person, digest: str, review: Review) -> tuple[Reason, ...]:
    """What an entry under ``people/`` lacks: one approval by an admin, or by anybody else listed where there is none.

    Nobody approves an entry that they wrote, whoever's it is: a new key would make them somebody else.
    """
    if not any(person.handle != entry.handle for person in people.listed):
        return ()
    if not admins(people) and ADMIN in entry.roles:
        return (Reason(Why.NOT_APPROVED, f"whoever may write {config.branches.main} names the first admin there"),)
    proven = credible(config, people, review)
    submitted = proven.contributors(digest)
    if submitted is None:
        return (
            *_against(proven, digest),
            Reason(Why.NOT_SUBMITTED, "this entry was never submitted – expertpost join"),
        )
    return _needs(config, people, proven, digest, {entry.handle, *submitted})


def settings_needs(
    config: Config, people: People, digest: str, hands: Iterable[str], review: Review
) -> tuple[Reason, ...]:
    """What a change of settings, templates, recipients or CI lacks: one approval by an admin who had no hand in it.

    ``hands``: handles and mail addresses of whoever committed it. Where nobody is an admin it is not for a review.
    """
    main = config.branches.main
    if not admins(people):
        says = f"nobody in people/ has the role {ADMIN}, so such files are changed on {main} by whoever may write it"
        return (Reason(Why.NOT_APPROVED, says),)
    return _needs(config, people, credible(config, people, review), digest, {*hands})


def _against(proven: Review, digest: str) -> tuple[Reason, ...]:
    """What holds any change up: a hold, or a return that nobody answered."""
    back = proven.returned(digest)
    returned = (Reason(Why.RETURNED, f"returned by {back.by}: {back.text}"),) if back else ()
    return (*stopped(proven), *returned)


def _needs(config: Config, people: People, proven: Review, digest: str, wrote: set[str]) -> tuple[Reason, ...]:
    wrote = wrote.union(*(event.contributors for event in proven.of(EventKind.APPROVE, digest)))
    handles = wrote | {people.handle_of(name) for name in wrote}
    allowed = set(admins(people) or (person.handle for person in people.listed)) - handles
    if any(event.by in allowed for event in proven.approvals(digest)):
        return _against(proven, digest)
    if not allowed:
        says = f"every {ADMIN} had a hand in it: name another one, or change it on {config.branches.main}"
    else:
        says = "1 more approval by somebody " + (
            f"else with the role {ADMIN}" if admins(people) else "else who is listed"
        )
    return (*_against(proven, digest), Reason(Why.NOT_APPROVED, says))
