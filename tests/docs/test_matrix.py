"""The handbook shows the capability matrix that ``make kit`` prints, and the README the same by what can be done.

After a change that is meant, write both anew and look at the difference:

    python -m tests.docs.test_matrix
"""

from importlib import import_module
from pathlib import Path

import pytest

from expertpost.publishers import registry
from expertpost.testing.contract import PublisherContract
from expertpost.testing.matrix import matrix, overview

ROOT = Path(__file__).parents[2]


def contracts() -> set[type[PublisherContract]]:
    """The contract tests of the publishers that come with expertpost."""
    files = [file for folder in ("contract", "servers") for file in (ROOT / "tests" / folder).glob("test_*.py")]
    modules = [import_module(f"tests.{file.parent.name}.{file.stem}") for file in files]
    found = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    return {one for one in found if issubclass(one, PublisherContract) and one is not PublisherContract}


SHOWN = {"README.md": overview, "drafts/handbook/channels.md": matrix}


@pytest.mark.parametrize("page", SHOWN)
def test_the_pages_show_what_the_kit_prints(page: str) -> None:
    """Each page has the table as it is now, word for word."""
    assert "\n".join(SHOWN[page](contracts())) in (ROOT / page).read_text(encoding="utf-8")


def test_every_publisher_has_its_row() -> None:
    """No publisher comes without a contract test."""
    rows = [line.split(" | ")[0].removeprefix("| ") for line in matrix(contracts())[2:]]

    assert [f"`{name}`" for name in registry.names()] == rows


def write_anew() -> None:
    """Put the tables where the old ones are: what begins with the same heads."""
    for page, table in SHOWN.items():
        lines, new = (ROOT / page).read_text(encoding="utf-8").splitlines(), table(contracts())
        first = lines.index(new[0])
        last = next(number for number in range(first, len(lines)) if not lines[number].startswith("|"))
        (ROOT / page).write_text("\n".join([*lines[:first], *new, *lines[last:]]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_anew()
