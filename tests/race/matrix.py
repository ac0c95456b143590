"""The fault matrix: what goes wrong, what comes of it at each kind of channel, and the tests that show it.

``python -m tests.race.matrix`` prints the table of the handbook; a test holds the two together.
"""

from dataclasses import dataclass

from tests.race.engines import ENGINES

ALL = ", ".join(ENGINES)
KINDS = ("keyed", "searchable", "blind")
ONCE = "once"
"""The service has it exactly once, and it is delivered."""
PERSON = "once or in doubt"
"""The service has it at most once; where nobody can know, it is held for a person."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. ``ends``: how a post ends at a keyed, a searchable, a blind channel. ``tests``: ``file::function``."""

    fault: str
    ends: tuple[str, str, str]
    tests: tuple[str, ...]


def _all(ends: str) -> tuple[str, str, str]:
    return (ends, ends, ends)


DOUBT = (ONCE, ONCE, PERSON)
NOTHING = _all("not sent")
ROWS = (
    Row("the power goes off before any effect of a run", DOUBT, (
        "race/test_kill.py::test_a_power_cut_before_every_effect",
        "race/test_kill.py::test_a_power_cut_before_every_effect_of_a_mailing",
        "race/test_kill_after.py::test_a_power_cut_before_every_effect_of_what_people_ask_for",
        "race/test_many.py::test_a_kill_every_second",
        "race/test_histories.py::test_no_history_doubles_or_hides_anything",
        "race/test_real_histories.py::test_no_real_history_doubles_or_hides_anything",
    )),
    Row("the answer is lost after the service took the post", DOUBT, (
        "race/test_faults.py::test_every_answer_that_proves_nothing",
        "flows/test_publish_channels.py::test_a_lost_answer",
    )),
    Row("500 before or after the effect, half an answer, a drip", DOUBT, (
        "race/test_faults.py::test_every_answer_that_proves_nothing",
        "flows/test_publish_faults.py::test_doubt_at_a_keyed_service_ends_with_one_post",
        "flows/test_publish_faults.py::test_doubt_at_a_blind_service_waits_for_a_person",
    )),
    Row("429 and 503, with or without Retry-After", _all(ONCE), (
        "race/test_faults.py::test_a_storm_of_refusals",
        "flows/test_publish_faults.py::test_a_busy_service_is_left_in_peace",
    )),
    Row("the token is revoked in the middle", _all(ONCE), (
        "race/test_faults.py::test_a_token_revoked_in_the_middle",
        "flows/test_publish_faults.py::test_refused_credentials_stop_one_channel_only",
    )),
    Row("a thread breaks off at any part", DOUBT, (
        "race/test_kill_threads.py::test_a_power_cut_before_every_effect_of_a_thread",
        "flows/test_publish_threads.py::test_a_thread_survives_a_power_cut_at_each_part",
        "flows/test_publish_threads.py::test_an_unknown_part_holds_the_thread",
    )),
    Row("2, 8, 20 and 50 runners at once", _all(ONCE), (
        "race/test_many.py::test_all_at_once",
        "race/test_many.py::test_fifty_within_a_second",
        "race/test_many.py::test_whoever_meets_another_goes_on_elsewhere",
        "race/test_many.py::test_a_kill_every_second",
        "flows/test_publish_crash.py::test_two_runners_at_once_send_once",
    )),
    Row("a runner sleeps past its claim and wakes up", DOUBT, (
        "race/test_faults.py::test_a_runner_that_sleeps_past_its_claim",
        "race/test_histories.py::test_no_history_doubles_or_hides_anything",
    )),
    Row("the host refuses any push of a run", _all(ONCE), (
        "race/test_faults.py::test_the_host_refuses_a_push",
        "flows/test_publish_faults.py::test_a_refused_claim_sends_nothing",
        "flows/test_publish_faults.py::test_what_the_ledger_did_not_take_is_noted",
    )),
    Row("a push is accepted and looks like a failure", _all(ONCE), (
        "race/test_faults.py::test_the_answer_to_a_push_is_lost",
    )),
    Row("two runners write the same claim", _all(ONCE), (
        "../src/expertpost/testing/ledger.py::test_the_same_claim_again_is_refused",
    )),
    Row("the disk is full, here or at the host", _all(ONCE), (
        "race/test_faults.py::test_the_disk_is_full",
    )),
    Row("the ledger is damaged: cut off, foreign, doubled, merged by hand", NOTHING, (
        "flows/test_ledger.py::test_damage_fails_closed",
        "attacks/test_publish.py::test_a_damaged_line_closes_its_key_only",
    )),
    Row("git tidies up between runs", DOUBT, (
        "race/test_faults.py::test_the_repository_is_tidied_between_runs",
    )),
    Row("the ledger or people's facts are rewound, deleted or replaced", NOTHING, (
        "attacks/test_rewound.py::test_a_branch_that_lost_facts_is_refused_again_and_again",
        "attacks/test_lost_ledger.py::test_a_branch_that_lost_facts_stops_a_runner_that_never_saw_them",
    )),
    Row("main is rewound, squashed or rebased, or the piece is gone", _all("once, or not sent where it is gone"), (
        "race/test_faults.py::test_main_is_rewound_while_a_run_is_under_way",
        "flows/test_publish_merges.py::test_what_was_approved_is_sent_whatever_way_it_was_merged",
    )),
    Row("an edit after the approval, or between claim and send", NOTHING, (
        "flows/test_publish.py::test_an_edit_after_the_approval_is_not_sent",
        "flows/test_publish_faults.py::test_what_is_merged_meanwhile_is_judged_anew",
    )),
    Row("the clock jumps, or the machine sleeps", DOUBT, (
        "race/test_faults.py::test_the_clock_jumps",
        "flows/test_publish_faults.py::test_no_send_begins_when_the_lease_runs_out",
    )),
    Row("a local time that does not exist, or exists twice", NOTHING, (
        "unit/test_moment.py::test_what_names_no_single_instant_is_refused",
    )),
    Row("a week without a schedule, and a backlog", _all("once, or held because it is late"), (
        "race/test_faults.py::test_a_week_without_a_schedule",
        "flows/test_publish.py::test_a_backlog_is_braked",
        "flows/test_publish.py::test_what_is_too_late_waits_for_a_person",
    )),
    Row("a piece is copied with its id", NOTHING, ("flows/test_check.py::test_the_piece_on_main_keeps_its_id",)),
    Row("a search that lags", ("once", ONCE, PERSON), (
        "race/test_faults.py::test_a_search_that_lags",
        "race/test_histories.py::test_no_history_doubles_or_hides_anything",
    )),
    Row("SIGTERM or Ctrl-C", _all(ONCE), (
        "flows/test_publish_crash.py::test_a_runner_that_is_asked_to_end_writes_down_what_it_did",
        "flows/test_publish_faults.py::test_ctrl_c_finishes_the_send_and_writes_it_down",
    )),
    Row("a fork or a copy has the secrets", NOTHING, (
        "flows/test_publish_faults.py::test_a_fork_does_not_publish",
    )),
    Row("a publisher raises after the effect, tells nonsense, or hangs", DOUBT, (
        "attacks/test_publish.py::test_a_broken_plugin_stops_itself_only",
        "attacks/test_publishers.py::test_a_plugin_that_breaks_leaves_doubt",
    )),
)  # fmt: skip
"""Every fault, in the order of the handbook."""


def table() -> str:
    """The rows as the handbook shows them."""
    lines = ["| # | what goes wrong | keyed | searchable | blind | shown by |", "|---|---|---|---|---|---|"]
    for number, row in enumerate(ROWS, 1):
        lines.append(f"| {number} | {row.fault} | {' | '.join(row.ends)} | {_shown(row)} |")
    return "\n".join(lines) + "\n"


def _shown(row: Row) -> str:
    names = [name.split("::")[1].removeprefix("test_").replace("_", " ") for name in row.tests]
    return "; ".join(names)


if __name__ == "__main__":
    print(table(), end="")
