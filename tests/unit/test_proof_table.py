"""The proof table (protocol §5): from what a service answers to what the ledger is told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from expertpost.flows.send import report_of
from expertpost.model.delivery import Accepted, Doubted, Postponed, Rejected, Report
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.publishers.base import guarded
from expertpost.publishers.http import Answer, judge, lost, not_before

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=7)
RECEIPT = Receipt("id-1", "https://service.example/1")


@pytest.mark.parametrize(
    ("outcome", "report"),
    [
        (RECEIPT, Accepted("n", AT, RECEIPT)),
        (Refused("why"), Rejected("n", AT, "why")),
        (Refused("why", Because.ACCOUNT), Postponed("n", AT, "why")),
        (Busy("why"), Postponed("n", AT, "why")),
        (Busy("why", LATER), Postponed("n", AT, "why", LATER)),
        (Busy("why", LATER, Because.CONTENT), Postponed("n", AT, "why", LATER)),
        (Unsure("why"), Doubted("n", AT, "why")),
    ],
)
def test_what_an_outcome_proves(outcome: Outcome, report: Report) -> None:
    """Taken, wrong for ever, not taken this time, or no proof of anything; the reason and the moment go along."""
    assert report == report_of("n", outcome, AT)


NOT_TAKEN_THIS_TIME = {301, 307, 308, 401, 402, 403, 407, 410, 425, 429}
NO_PROOF = {408, 409}


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (type(None), range(200, 300)),
        (Postponed, sorted(NOT_TAKEN_THIS_TIME)),
        (Rejected, sorted({*range(400, 500)} - NOT_TAKEN_THIS_TIME - NO_PROOF)),
        (Doubted, sorted({*range(100, 200), *range(300, 400), *range(500, 1000), *NO_PROOF} - NOT_TAKEN_THIS_TIME)),
    ],
)
def test_what_each_status_proves(kind: type, statuses: range | list[int]) -> None:
    """Every status there is: success, a refusal that passes, one that stays, and the others, which prove nothing."""
    judged = {status: judge(Answer(status), AT) for status in statuses}
    told = {status: outcome and report_of("n", outcome, AT) for status, outcome in judged.items()}

    assert dict.fromkeys(statuses, kind) == {status: type(report) for status, report in told.items()}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(404), "the service answered 404"),
        (Answer(404, {"location": "https://x.example/"}, b" gone\n"), "the service answered 404 gone"),
        (Answer(400, {"location": "https://x.example/"}), "the service answered 400"),
        (
            Answer(302, {"location": "https://x.example/"}, b"there"),
            "the service answered 302 https://x.example/ there",
        ),
        (Answer(300, {"location": "https://x.example/"}), "the service answered 300 https://x.example/"),
        (Answer(399, {}), "the service answered 399"),
        (Answer(500, {}, b"\xff"), "the service answered 500 �"),
        (Answer(500, {}, b"x" * 1_001), f"the service answered 500 {'x' * 1_000}"),
        (Answer(429), "the service answered 429"),
        (
            Answer(308, {"location": "https://x.example/"}),
            "the service answered 308 https://x.example/; write the new address into the channel",
        ),
    ],
)
def test_a_reason_is_what_the_service_said(answer: Answer, says: str) -> None:
    """A person reads the status, where a redirect points, and the beginning of the words."""
    outcome = judge(answer, AT)

    assert outcome is not None
    assert says == outcome.reason


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}])
def test_busy_without_a_moment(headers: dict[str, str]) -> None:
    """Where the service names no moment to come back, there is none."""
    assert Busy("the service answered 429") == judge(Answer(429, headers), AT)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("86399", AT + timedelta(seconds=86_399)),
        ("0000000077", AT + timedelta(seconds=77)),
        ("Tue, 01 Dec 2026 10:05:00 +0200", AT + timedelta(minutes=5)),
        ("Tue, 01 Dec 2026 08:05:00 -0000", AT + timedelta(minutes=5)),
    ],
)
def test_the_moment_to_come_back(header: str, expected: datetime) -> None:
    """Seconds or a date, of any zone; a date without one is UTC."""
    assert expected == not_before(header, AT)
    assert expected == not_before(header, AT.astimezone(timezone(timedelta(hours=2))))


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [(False, Busy("not reachable: OSError gone")), (True, Unsure("the answer was lost: OSError gone"))],
)
def test_a_connection_that_breaks(sent: bool, outcome: Outcome) -> None:
    """Before the first byte it proves that nothing was sent, after it nothing at all."""
    assert outcome == lost(OSError("gone"), sent=sent)
    assert not lost(TimeoutError(), sent=sent).reason.endswith(" ")


def test_a_publisher_that_breaks_proves_nothing() -> None:
    """An exception of ours may have come after the first byte; any other answer is what it is."""

    def broken() -> Outcome:
        raise ZeroDivisionError("oh")

    assert RECEIPT == guarded(lambda: RECEIPT)
    assert Unsure("the publisher broke: ZeroDivisionError: oh") == guarded(broken)
