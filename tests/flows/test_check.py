"""Check tells every problem at once, with its place and its cure, in words that people and programs read."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.flows.lone import CORPUS, SETTINGS, WHOLE_CORPUS, Lone, lone, write

from expertpost.cli.annotations import github_command, sarif
from expertpost.errors import Failure, Finding, Problems, Severity
from expertpost.flows.check import check

HOOK = """
[channels.hook]
publisher = "webhook"
readers = ["suppliers"]
url = "https://partner.example/hook"
secret = { env = "HOOK_SECRET" }
"""


@pytest.fixture
def anna(tmp_path: Path) -> Lone:
    """Anna's workspace."""
    return lone(tmp_path)


def cli(anna: Lone, *args: str) -> subprocess.CompletedProcess[str]:
    """What the command line answers."""
    env = {**anna.world.env, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-m", "expertpost", *args]
    return subprocess.run(argv, cwd=anna.root, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


def test_a_good_workspace_is_clean(anna: Lone) -> None:
    """Nothing found is exit code 0 and an empty report."""
    anna.piece("a.md", "See [b](b.md).\n", 1)
    anna.piece("b.md", number=2)
    report = anna.check()

    assert ((), 2) == (report.findings, report.pieces)
    assert 0 == cli(anna, "check").returncode


def test_everything_is_told_at_once(anna: Lone) -> None:
    """Front matter, body, files and people are all looked at, whatever else is wrong with the same piece."""
    anna.draft("a.md", "---\nid: nonsense\ntitle: A\nkind: novel\n---\n[x](none.md)\n\n::: colleagues\n")
    anna.draft("b.md", "just text\n")
    anna.draft("c/index.md", "---\ntitle: [\n---\n")
    write(anna.root / "people" / "bo.md", "---\nemails: [anna@acme.example]\n---\n")
    codes = anna.codes()

    assert ["XP-AUTHORS", "XP-ID", "XP-KIND", "XP-LINK-NONE", "XP-BLOCK", "XP-FRONT-MISSING", "XP-FRONT"] == codes[:7]
    assert "XP-PERSON" in codes[7:]


def test_findings_name_the_line_of_the_file(anna: Lone) -> None:
    """Lines count in the file, not in the body."""
    anna.piece("a.md", "One\n\n[x](none.md)\n")
    (finding,) = anna.check().findings

    assert "drafts/a.md:8: XP-LINK-NONE" == str(finding).partition(" the")[0]


def test_warnings_alone_are_no_failure(anna: Lone) -> None:
    """Exit code 0 with warnings, 5 with an error."""
    anna.piece("a.md", "[[Wiki]]\n")
    warned = cli(anna, "check")
    anna.piece("a.md", "[x](none.md)\n")
    wrong = cli(anna, "check")

    assert (0, 5) == (warned.returncode, wrong.returncode)
    assert "(warning)" in warned.stdout


def test_only_what_is_asked_for_is_told(anna: Lone) -> None:
    """A REF narrows what is told, not what is known: its links to the others still count as good."""
    anna.piece("a.md", "[b](deep/b.md)\n", 1)
    anna.piece("deep/b.md", "[x](none.md)\n", 2)

    assert [] == anna.codes("a")
    assert ["XP-LINK-NONE"] == anna.codes("drafts/deep/b.md", "a")
    assert ["XP-LINK-NONE"] == anna.codes("01JD0000000000000000PCE002")


def test_paths_are_understood_from_where_one_stands(anna: Lone) -> None:
    """In a folder below, a path is relative to it; a file beside a piece stands for the piece."""
    anna.piece("deep/b/index.md", "![p](p.png)\n")
    anna.draft("deep/b/p.png", b"\x89PNG")
    here = replace(anna.world, here=anna.root / "drafts" / "deep")

    assert 1 == check(here, ["b/index.md"]).pieces
    assert 1 == check(here, ["b/p.png"]).pieces
    assert 1 == check(here, [str(anna.root / "drafts/deep/b/p.png")]).pieces


def test_an_unknown_ref_or_channel_is_a_usage_error(anna: Lone) -> None:
    """A typing error is told with the word that was most likely meant."""
    anna.piece("torque.md")
    for args in ((("torqe",), ""), ((), "hok")):
        with pytest.raises(Failure) as failure:
            anna.check(*args[0], channel=args[1])

        assert 2 == failure.value.exit_code
    with pytest.raises(Failure, match="did you mean torque"):
        anna.check("torqe")


def test_a_broken_toml_is_told_whole(anna: Lone) -> None:
    """Every error of expertpost.toml, each with its line."""
    write(anna.root / "expertpost.toml", SETTINGS + "[channels.x]\npublishr = 1\n")
    with pytest.raises(Problems) as problems:
        anna.check()

    assert [13, 13] == [finding.line for finding in problems.value.findings]


def test_the_piece_on_main_keeps_its_id(anna: Lone) -> None:
    """Of two pieces with one id and slug only the copy is told to change."""
    anna.piece("b/torque.md", number=1)
    anna.git("add", ".")
    anna.git("commit", "-m", "first")
    anna.piece("a/torque.md", number=1)
    found = anna.check().findings

    assert [("drafts/a/torque.md", "XP-SLUG-TWICE"), ("drafts/a/torque.md", "XP-ID-TWICE")] == [
        (finding.path, finding.code) for finding in found
    ]
    assert ["XP-ID-TWICE", "XP-SLUG-TWICE"] == sorted(anna.codes("drafts/a/torque.md"))


def test_slugs_are_compared_as_careless_disks_do(anna: Lone) -> None:
    """Letter case and Unicode's ways of writing make no second address, not even where the slug itself is wrong."""
    anna.piece("a.md", number=1, slug="Über")
    anna.piece("b.md", number=2, slug="u\u0308ber")

    assert ["XP-SLUG-TWICE", "XP-SLUG-TWICE"] == [code for code in anna.codes() if code == "XP-SLUG-TWICE"]


def test_what_fits_is_asked_as_the_channel_counts(tmp_path: Path) -> None:
    """A piece for a channel is rendered for it; one that never goes there is told when the channel is named."""
    anna = lone(tmp_path, SETTINGS + HOOK.replace("webhook", "webhok"))
    anna.piece("a.md", audience="[suppliers, colleagues]")

    assert ["XP-PLUGIN-UNKNOWN"] == anna.codes()
    anna = lone(tmp_path / "two", SETTINGS + HOOK)
    anna.piece("a.md", audience="[suppliers, colleagues]", number=1)
    anna.piece("b.md", number=2)
    assert [] == anna.codes()
    assert [("drafts/b.md", "XP-FIT-NEVER")] == [(f.path, f.code) for f in anna.check(channel="hook").findings]


def test_assets_are_looked_at(anna: Lone) -> None:
    """A link to a secret, a device, an active drawing and a swallowed text are all told."""
    anna.piece("p/index.md", "![a](a.svg) ![b](link.png)\n")
    anna.draft("p/a.svg", "<svg><script/></svg>")
    anna.draft("p/notes.md", "# Notes\n")
    os.symlink("/etc/hostname", anna.root / "drafts/p/link.png")
    os.mkfifo(anna.root / "drafts/p/pipe.png")

    expected = {"a.svg": "SCRIPT", "link.png": "FILE", "notes.md": "TEXT", "pipe.png": "FILE"}
    found = anna.check().findings
    assert expected == {Path(each.path).name: each.code.removeprefix("XP-BESIDE-") for each in found}


def test_a_template_nobody_filled_in_is_told(anna: Lone) -> None:
    """The workspace's own template counts before the packaged one."""
    anna.piece("a.md", "\n## What happened\n", 1, kind="case")
    write(anna.root / "templates" / "note.md.j2", "---\nid: {{ id }}\n---\nTell {{ title }} here\n")
    anna.piece("b.md", "Tell us here\n", 2, kind="note")

    assert ["XP-BODY-TEMPLATE", "XP-BODY-TEMPLATE"] == anna.codes()


def test_a_check_that_breaks_is_a_finding(anna: Lone, tmp_path: Path) -> None:
    """A plug-in that raises is told by name, and all other checks go on."""
    package = tmp_path / "plugins"
    write(package / "broken_check.py", "def breaks(context):\n    raise KeyError('oh')\n")
    write(package / "broken-1.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    write(package / "broken-1.dist-info" / "entry_points.txt", "[expertpost.checks]\nmine = broken_check:breaks\n")
    anna.piece("a.md", "[x](none.md)\n")
    env = {**anna.world.env, "PYTHONPATH": os.pathsep.join([str(package), *sys.path])}
    argv = [sys.executable, "-m", "expertpost", "check"]
    done = subprocess.run(argv, cwd=anna.root, env=env, capture_output=True, text=True, check=False)

    assert "XP-CHECK-BROKEN the check mine broke: KeyError" in done.stdout
    assert "XP-LINK-NONE" in done.stdout
    assert 5 == done.returncode


def test_json_is_one_document(anna: Lone) -> None:
    """--json answers with a named schema and the same findings."""
    anna.piece("a.md", "[x](none.md)\n")
    answer = json.loads(cli(anna, "check", "--json").stdout)

    assert ("expertpost.check/1", 1, 1, 0) == (answer["schema"], answer["pieces"], answer["errors"], answer["warnings"])
    assert {"path", "line", "code", "severity", "what", "cure"} == set(answer["findings"][0])


def test_no_title_starts_a_command_of_github(anna: Lone) -> None:
    """Whatever a text holds, an annotation is one line that begins with our own command."""
    evil = "x\n::stop-commands::t\r\n##[add-mask]y\u2028::error::z %0A::a"
    anna.draft(
        "a,b:%.md", '---\nid: 1\ntitle: "x\\n::set-output name=a::b"\nkind: "::error::x"\n---\n[::error::q](::x)\n'
    )
    line = github_command(Finding("drafts/a,b%.md", 3, "XP-TITLE", evil, "mend it", Severity.WARNING))
    printed = cli(anna, "check", "--format", "github").stdout.splitlines()

    assert not {"\n", "\r"} & set(line)
    assert line.startswith(
        "::warning file=drafts/a%2Cb%25.md,line=3,title=XP-TITLE::x%0A::stop-commands::t\ufffd%0A## ["
    )
    assert "%250A" in line
    assert all(each.startswith(("::error file=drafts/", "::warning file=drafts/")) for each in printed)
    assert printed


def test_sarif_has_what_the_standard_requires() -> None:
    """SARIF 2.1.0: version, runs, a driver with a name, results with message, rule, level and place."""
    findings = [
        Finding("drafts/ü ber.md", 3, "XP-B", "what", "cure"),
        Finding("drafts/b.md", 0, "XP-A", "what\x1b", "cure", Severity.WARNING),
    ]
    log = json.loads(json.dumps(sarif(findings)))
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]

    assert ("2.1.0", "expertpost", ["XP-A", "XP-B"]) == (log["version"], run["tool"]["driver"]["name"], rules)
    assert ["error", "warning"] == [result["level"] for result in run["results"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert ["drafts/ü ber.md", "drafts/b.md"] == [unquote(place["artifactLocation"]["uri"]) for place in places]
    assert [{"startLine": 3}, None] == [place.get("region") for place in places]
    assert "\x1b" not in run["results"][1]["message"]["text"]


def test_progress_is_told_only_when_it_takes_long(anna: Lone) -> None:
    """What is over at once needs no progress."""
    anna.piece("a.md")
    anna.check()

    assert [] == anna.told


@pytest.mark.parametrize(
    "source", [CORPUS, Path(os.environ.get("EXPERTPOST_CORPUS", WHOLE_CORPUS))], ids=["few", "whole"]
)
def test_real_articles_are_checked(anna: Lone, source: Path) -> None:
    """Real articles give findings that are true: no secret, no trick, no broken check is seen where none is."""
    if not source.is_dir():
        pytest.skip(f"no corpus at {source}; EXPERTPOST_CORPUS names one")
    anna.bring(source)
    report = anna.check()
    known = {"XP-LINK-NONE", "XP-LINK-ROOT", "XP-LINK-REFUSED", "XP-LINK-HEADING", "XP-PICTURE-NONE", "XP-MARKUP",
             "XP-BLOCK", "XP-INVISIBLE"}  # fmt: skip

    assert len(list(source.rglob("*.md"))) == report.pieces
    assert set() == {finding.code for finding in report.findings} - known


def test_what_a_short_channel_makes_of_a_piece(tmp_path: Path) -> None:
    """A text by hand that is too long stops the piece; a thread that will be one post is told as advice."""
    board = (
        '[channels.board]\npublisher = "discord"\nreaders = ["suppliers"]\nroom = "#news"\nwebhook = { env = "W" }\n'
    )
    anna = lone(tmp_path, SETTINGS + board)
    anna.piece("a.md", audience="[suppliers, colleagues]", number=1, thread="true")
    anna.piece("b.md", audience="[suppliers, colleagues]", number=2, posts=f"{{board: {'x' * 2_001}}}")

    assert [("drafts/a.md", "XP-FIT-THREAD", Severity.WARNING), ("drafts/b.md", "XP-FIT-LENGTH", Severity.ERROR)] == [
        (finding.path, finding.code, finding.severity) for finding in anna.check().findings
    ]
