"""Verbs that look at texts: check, and import, which makes them pieces."""

import json
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.annotations import github_command, sarif
from expertpost.cli.output import command, finding_json, note, print_json, say, world
from expertpost.errors import Exit, Finding, Severity
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.check import Report
    from expertpost.flows.import_ import Import

FEW = 10
"""Lines of one sort that are shown before the rest is only counted."""


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    GITHUB = "github"
    SARIF = "sarif"


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(check)
    app.command("import")(import_)


def check(
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]…", help="Slug, id or path; without one, everything")
    ] = None,
    channel: Annotated[str, typer.Option(metavar="NAME", help="What fits is asked for this channel only")] = "",
    form: Annotated[Format, typer.Option("--format", help="For people, GitHub Actions or code scanning")] = Format.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Tell every problem of the pieces at once, each with its place and its cure.

    Answers 0 where there are at most warnings, 5 where there are errors.
    """
    from expertpost.flows.check import check as look

    report = look(world(), refs or (), channel)
    if as_json:
        print_json("expertpost.check/1", _report_json(report))
    elif form is Format.SARIF:
        print(json.dumps(sarif(report.findings), ensure_ascii=False, indent=1).replace("##[", "##\\u005b"))
    else:
        for finding in report.findings:
            command(github_command(finding)) if form is Format.GITHUB else say(_line(finding))
        note(_summary(report))
    if report.errors:
        raise typer.Exit(Exit.FINDINGS)


def _line(finding: Finding) -> str:
    """``path:line: code what – cure`` on one line; a warning says at its end that it is one."""
    says = " ".join(str(finding).split("\n"))
    return f"{says} (warning)" if finding.severity is Severity.WARNING else says


def _summary(report: "Report") -> str:
    errors = len(report.errors)
    warnings = len(report.findings) - errors
    looked = f"{_count(report.pieces, 'piece')} checked"
    if not report.findings:
        return f"{looked}, nothing to mend"
    return f"{looked}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _report_json(report: "Report") -> dict[str, Json]:
    errors = len(report.errors)
    return {
        "pieces": report.pieces,
        "errors": errors,
        "warnings": len(report.findings) - errors,
        "findings": [finding_json(finding) for finding in report.findings],
    }


def import_(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Markdown files, or folders that hold some")],
    author: Annotated[str, typer.Option(help="Who wrote what names no author; without it, you")] = "",
    audience: Annotated[
        list[str] | None, typer.Option(help="Who may read what names no audience; without it, colleagues")
    ] = None,
    as_published: Annotated[
        bool, typer.Option("--as-published", help="They are public already: sites show them, no channel gets them")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Make Markdown from Hugo, Jekyll, Obsidian or anywhere else pieces under drafts/; no text changes.

    Answers 0, or 5 where something was left alone.
    """
    from expertpost.flows.import_ import Wish, bring

    wish = Wish(author=author, audience=tuple(audience or ()), as_published=as_published)
    done = bring(world(), paths, wish, dry_run=dry_run)
    if as_json:
        print_json("expertpost.import/1", _import_json(done))
    else:
        _tell(done, as_published=as_published)
    if done.refused:
        raise typer.Exit(Exit.FINDINGS)


def _tell(done: "Import", *, as_published: bool) -> None:
    verb = "Would adopt" if done.dry_run else "Adopted"
    for piece in done.brought[:FEW]:
        files = f" with {_count(len(piece.files), 'file')}" if piece.files else ""
        say(f"{verb.lower()} {piece.source} as {piece.path}{files}")
    if len(done.brought) > FEW:
        say(f"… and {len(done.brought) - FEW:,} more")
    for finding in done.refused:
        say(f"left alone {_line(finding)}")
    for line in _grouped(done.notes):
        say(f"note {line}")
    for other in done.others[:FEW]:
        say(f"left alone {other}: no Markdown")
    if len(done.others) > FEW:
        say(f"… and {len(done.others) - FEW:,} more that are no Markdown")
    counted = f"{verb} {_count(len(done.brought), 'piece')}; {len(done.there):,} there before"
    note(f"{counted}, {len(done.refused):,} left alone")
    if as_published:
        _tell_recorded(done)
    elif done.brought and not done.dry_run:
        note("Next: expertpost check, then expertpost submit what shall be reviewed")


def _tell_recorded(done: "Import") -> None:
    new = len(done.recorded.pieces) + (len(done.brought) if done.dry_run else 0)
    verb = "Would record" if done.dry_run else "Recorded"
    note(f"{verb} {_count(new, 'piece')} as published, {len(done.recorded.before):,} recorded before")
    if not done.dry_run and (done.brought or new):
        note("Next: put exactly these files on main: git add drafts, git commit, git push; then expertpost site build")


def _grouped(notes: Iterable[Finding]) -> list[str]:
    """One line for each sort of note: the first one, and how many more are like it."""
    first: dict[tuple[str, str], Finding] = {}
    number: Counter[tuple[str, str]] = Counter()
    for finding in notes:
        sort = (finding.code, finding.cure)
        first.setdefault(sort, finding)
        number[sort] += 1
    more = {sort: f" (and {n - 1:,} more like it)" if n > 1 else "" for sort, n in number.items()}
    return [_line(finding) + more[sort] for sort, finding in first.items()]


def _import_json(done: "Import") -> dict[str, Json]:
    return {
        "dry_run": done.dry_run,
        "adopted": [
            {
                "source": piece.source,
                "path": piece.path,
                "id": piece.id,
                "title": piece.title,
                "added": list(piece.added),
                "files": list(piece.files),
            }
            for piece in done.brought
        ],
        "there": list(done.there),
        "left_alone": [finding_json(finding) for finding in done.refused],
        "notes": [finding_json(finding) for finding in done.notes],
        "no_markdown": list(done.others),
        "recorded": list(done.recorded.pieces),
        "recorded_before": list(done.recorded.before),
    }
