"""A runner obeys lines in its log: nothing that people write can become one."""

import json

import pytest

from expertpost.cli import output

EVIL = (
    "::set-output name=x::y",
    "  ::add-mask::z",
    "fine\n::error::no",
    "a ##[error]b",
    "##[group]x",
    "::: colleagues",
)


def is_obeyed(line: str) -> bool:
    """How GitHub's runner finds a command (its ActionCommand): at the start of a line, or the older form anywhere."""
    return line.strip().startswith("::") or "##[" in line


@pytest.mark.parametrize("text", EVIL)
def test_no_line_of_a_job_is_a_command(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way it is printed: as a line, a note, a table or JSON."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    output.say(text)
    output.note(text)
    output.table((text,), [(text, text)])
    output.print_json("expertpost.test/1", {"text": text, text: [text]})
    found = capsys.readouterr()

    assert [] == [line for line in (found.out + found.err).splitlines() if is_obeyed(line)]


@pytest.mark.parametrize("text", EVIL)
def test_elsewhere_nothing_changes(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal shows the text as it is; JSON means the same everywhere."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    output.say(text)
    output.print_json("expertpost.test/1", {"text": text})
    said, _, value = capsys.readouterr().out.partition("\n{")

    assert text == said
    assert {"schema": "expertpost.test/1", "text": text} == json.loads("{" + value)


def test_our_own_annotations_are_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were made for the runner reach it, each on one line."""
    from expertpost.cli.annotations import workflow_command

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    output.command(workflow_command("error", "x::y", "two\nlines ##[z]"))
    (line,) = capsys.readouterr().out.splitlines()

    assert "::error title=x%3A%3Ay::two%0Alines ## [z]" == line
