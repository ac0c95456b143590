"""Which files decide who may do what, and by which rules."""

import pytest

from expertpost.model.channel import Channel, Setting
from expertpost.model.config import Config
from expertpost.model.guarded import Guard, guard_of, lists_of


@pytest.mark.parametrize(
    ("path", "guard"),
    [
        ("people/anna.md", Guard.PEOPLE),
        ("people/notes.txt", Guard.PEOPLE),
        ("expertpost.toml", Guard.SETTINGS),
        ("policy-tests.toml", Guard.SETTINGS),
        ("templates/note.md.j2", Guard.TEMPLATES),
        ("lists/suppliers.txt", Guard.RECIPIENTS),
        ("drafts/x/list.txt", Guard.RECIPIENTS),
        (".github/workflows/x.yml", Guard.CI),
        (".github/CODEOWNERS", Guard.CI),
        (".gitlab-ci.yml", Guard.CI),
        (".gitlab/CODEOWNERS", Guard.CI),
        (".gitea/workflows/x.yml", Guard.CI),
        (".forgejo/workflows/x.yml", Guard.CI),
        ("CODEOWNERS", Guard.CI),
        ("drafts/expertpost.toml", None),
        ("drafts/people/anna.md", None),
        ("lists/customers.txt", None),
        ("README.md", None),
    ],
)
def test_what_a_path_decides(path: str, guard: Guard | None) -> None:
    """People, settings, templates, lists of recipients that the settings name, and what runs by itself."""
    settings: dict[str, Setting] = {
        "recipients": {"file": "./lists/suppliers.txt"},
        "copy": {"file": "drafts/x/list.txt"},
        "host": "h",
    }
    config = Config(name="Acme", id="W", channels={"mail": Channel("mail", "email", ("suppliers",), settings)})

    assert guard == guard_of(path, lists_of(config))
