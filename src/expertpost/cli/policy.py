"""The verbs about review rules: policy explain and policy test."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import print_json, say, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json
from expertpost.model.rules import by_whom, named

if TYPE_CHECKING:
    from expertpost.flows.policy import Case, Place

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    policy = typer.Typer(help="Which review rules apply, and whether they do as meant", no_args_is_help=True)
    policy.command()(explain)
    policy.command("test")(judge)
    app.add_typer(policy, name="policy")


def explain(
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="A piece: slug, path, beginning of its id, or the address of a copy")
    ],
    as_json: AsJson = False,
) -> None:
    """Tell which rule a piece comes under at each place, why, what is missing, and who could give it."""
    from expertpost.flows.policy import explain as look

    found = look(world(), ref)
    if as_json:
        print_json(
            "expertpost.policy-explain/1",
            {
                "id": found.id,
                "slug": found.slug,
                "title": found.title,
                "digest": found.digest,
                "needs": list(found.needs),
                "notes": list(found.notes),
                "places": [_place_value(place) for place in found.places],
            },
        )
        return
    say(found.title)
    for place in found.places:
        _place(place)
    say()
    say(f"It needs {'; '.join(found.needs)}." if found.needs else "Nothing is missing.")
    for says in found.notes:
        say(f"Note: {says}.")


def _place(place: "Place") -> None:
    say()
    if place.never:
        say(f"{place.name}: never – {place.never}")
        return
    say(f"{place.name}: {named(place.rule)}")
    for number, filters in place.passed:
        say(f"  not rule {number}: another {' and '.join(filters)}")
    for name, words in place.matched:
        say(f"  it matches by {name}: {', '.join(words)}")
    if place.approved:
        say(f"  approved by {', '.join(place.approved)}{' – in the fast lane' if place.slip else ''}")
    if place.missing:
        names = [f"{handle} (away)" if handle in place.away else handle for handle in place.could]
        say(f"  {place.missing} missing{by_whom(place.rule)}; could be {', '.join(names) or 'nobody who is listed'}")
        if len(place.could) < place.missing:
            say("  so it cannot be approved here: list more people, or ask for fewer in [review]")
    if place.rule.due_days:
        late = ", ".join(place.late) or "nobody: no one listed is called so or has such a role"
        asks = f"; then {' or '.join(place.rule.escalate)} is asked too: {late}" if place.rule.escalate else ""
        say(f"  to be decided within {place.rule.due_days} days{asks}")


def _place_value(place: "Place") -> dict[str, Json]:
    rule = place.rule
    return {
        "place": place.name,
        "never": place.never or None,
        "rule": rule.number,
        "approvals": rule.approvals,
        "roles": list(rule.roles),
        "experts": rule.experts,
        "fast_lane": rule.fast_lane,
        "matched": {name: list(words) for name, words in place.matched},
        "passed": [{"rule": number, "unmatched": list(filters)} for number, filters in place.passed],
        "approved": list(place.approved),
        "slip": place.slip,
        "missing": place.missing,
        "could": list(place.could),
        "away": list(place.away),
        "due_days": rule.due_days,
        "escalate": list(rule.escalate),
        "late": list(place.late),
    }


def judge(as_json: AsJson = False) -> None:
    """Judge the example cases in policy-tests.toml by the rules in expertpost.toml, both as they lie here.

    Answers 0 where each comes out as it expects, 5 where one does not.
    """
    from expertpost.flows.policy import CASES, judge_cases

    cases = judge_cases(world())
    good = all(case.good for case in cases)
    if as_json:
        print_json("expertpost.policy-test/1", {"good": good, "cases": [_case_value(case) for case in cases]})
    else:
        for case in cases:
            say(_told(case, CASES))
        say(f"{sum(case.good for case in cases)} of {len(cases)} cases as expected")
    if not good:
        raise typer.Exit(Exit.FINDINGS)


def _told(case: "Case", file: str) -> str:
    rule = f"rule {case.rule}" if case.rule else "no rule"
    came = f"{case.found} by {rule}{f', {case.missing} missing' if case.missing else ''}"
    if case.good:
        return f"ok    {case.says}: {came}"
    wanted = case.expect if case.wanted_rule is None else f"{case.expect} by rule {case.wanted_rule}"
    return f"{file}:{case.line}: XP-POLICY-CASE {case.says}: {came}, expected {wanted}"


def _case_value(case: "Case") -> dict[str, Json]:
    return {
        "says": case.says,
        "line": case.line,
        "good": case.good,
        "expect": case.expect,
        "found": case.found,
        "rule": case.rule,
        "wanted_rule": case.wanted_rule,
        "missing": case.missing,
    }
