"""``publish``: what is merged, approved and due goes to its channels, each delivery once (protocol §4 to §6)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from expertpost.errors import Exit, Failure
from expertpost.flows.cases import Case, braked, limited
from expertpost.flows.context import World
from expertpost.flows.fulfil import Errands, fulfil, settle, would
from expertpost.flows.live import LivePages
from expertpost.flows.measure import measure
from expertpost.flows.mend import mend
from expertpost.flows.places import Trouble, places
from expertpost.flows.quiet import remember, waits_for_nothing
from expertpost.flows.report import Published, Result, doubtful, told
from expertpost.flows.requests import requests_in
from expertpost.flows.room import database_of, guard_home, ledger_of, own_hub
from expertpost.flows.run import Run, denied
from expertpost.flows.survey import Survey, survey
from expertpost.flows.told import notices
from expertpost.flows.turns import Errand, look_again, send_out
from expertpost.flows.wishes import changes, removals
from expertpost.flows.witness import look_for_news
from expertpost.model.delivery import TRIED, Delivery, Expired
from expertpost.model.draft import nearest
from expertpost.model.policy import Why
from expertpost.model.witness import Seen
from expertpost.store.files import CommitFiles
from expertpost.store.hub import Denied, Raced
from expertpost.store.journal import Journal
from expertpost.store.ledger import Ledger
from expertpost.store.rewind import Tags
from expertpost.store.workspace import State, find

ROUNDS = 12
"""How often everything is judged anew because somebody else moved a branch at the same moment."""


def publish(
    world: World,
    *,
    dry_run: bool = False,
    channels: Sequence[str] = (),
    limit: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Published:
    """Send everything that is due to the channels (or those named), at most ``limit`` pieces to each.

    ``stop`` is asked before every send. Raises Failure where nothing can be sent at all; nothing is lost then.
    """
    workspace = find(world.here, world.env)
    owner = world.entropy(8).hex()
    run = Run(world, Journal(workspace.git.git_dir() / "expertpost" / "journal", "", owner), owner, stop, "")
    with own_hub(workspace, world) as hub:
        errand = Errand(world, workspace, hub, run, Tags(hub), dry_run, tuple(channels), limit)
        for rounds in range(ROUNDS):
            ended = _round(errand)
            if isinstance(ended, Published):
                return ended
            world.stand_back(rounds)
    what = f"somebody else wrote to the shared repository {ROUNDS} times in a row"
    raise Failure("XP-RACE", what, "run it again; nothing was sent twice")


def _round(errand: Errand) -> Published | Raced:
    """Judge everything anew and send it; Raced where somebody else was faster."""
    world, hub, run = errand.world, errand.hub, errand.run
    world.tell("looking at what is merged")
    hub.fetch()
    tips = hub.tips()
    run.main = tips.get(hub.branches.main, "")
    if not run.main:
        return Published("", dry_run=errand.dry_run)
    state = State(CommitFiles(hub.git, run.main), run.main)
    guard_home(errand.workspace, hub, state.config)
    run.pace = state.config.ledger.pushes_per_minute
    _known(errand.channels, state)
    ledger: Ledger = ledger_of(hub, state.config, world, errand.tags)
    if (url := state.config.ledger.url) and not errand.dry_run:
        ledger = database_of(hub, state.config, url, world, errand.workspace.root, errand.tags)
    run.journal = Journal(run.journal.folder, ledger.terms.id, run.owner)
    there, wrong = places(state, errand.workspace.root, errand.channels)
    errand.troubles |= {one.channel: one for one in wrong}
    if not errand.dry_run:
        root, env = errand.workspace.root, world.env
        mended = mend(ledger, run.journal, state.config, there, world.now(), root, env)
        _note(errand, ledger, (one.key.id for one in mended))
    asked = requests_in(hub, state.config, state.people, Seen(world.now(), ledger.witnessed))
    if not errand.dry_run:
        for word in settle(ledger, state.config, asked, world.now()):
            run.rows.pop(word.key.id, None)
    pages = LivePages(state.config, world)
    now = world.now()
    run.seen = list(look_for_news(hub, ledger, state.config.id, now))
    # Where colleagues come first, or a copy is the page, those channels count also in a run that is for others only.
    pages_there = any(channel.canonical for channel in state.config.channels.values())
    first = bool(errand.channels and (state.config.brakes.inside_first or pages_there))
    beside = places(state, errand.workspace.root)[0] if first else ()
    looked = survey(state, hub, ledger, now, there, pages=pages, reviewed_only=True, beside=beside)
    cases = limited(braked(state.config, looked.cases, _lifted(errand)), errand.limit)
    cases = (*cases, *notices(state, hub, ledger, world.now(), there, looked.cases))
    wishes = [*removals(state, ledger, asked, looked.pieces, there), *changes(looked.cases, asked)]
    if errand.dry_run:
        errand.lines = {(line.piece, line.channel, *line.urls): line for line in would(there, wishes)}
    else:
        _expire(run, cases, now)
        again = partial(look_again, errand, ledger)
        errands = Errands(run, ledger, errand.workspace.root, lambda case, file: state.asset(case.piece, file), again)
        if isinstance(done := fulfil(errands, there, wishes), Raced):
            _settle(errand, ledger)
            return done
        errand.lines |= {(line.piece, line.channel, *line.urls): line for line in done}
        raced = send_out(errand, ledger, state, there, cases)
        _settle(errand, ledger)
        if raced:
            return raced
        if "" not in errand.troubles:
            measure(run, ledger, errand.workspace.root, looked.cases)
    published = _published(errand, ledger, looked, cases)
    whole = not (errand.dry_run or errand.channels or errand.limit)
    if whole and waits_for_nothing(published, ledger, state.config):
        remember(world, errand.workspace.root, hub, tips, errand.tags)
    return published


def _known(channels: Iterable[str], state: State) -> None:
    """Raises Failure XP-CHANNEL for a channel that is not configured."""
    for name in channels:
        if name not in state.config.channels:
            cure = nearest(name, state.config.channels)
            raise Failure("XP-CHANNEL", f"no channel is called {name!r}", cure, exit_code=Exit.USAGE)


def _lifted(errand: Errand) -> frozenset[str]:
    """The channels at which a person said how many may go."""
    return frozenset(errand.channels) if errand.limit else frozenset()


def _note(errand: Errand, ledger: Ledger, keys: Iterable[str]) -> None:
    """Remember deliveries that were mended, so that this run tells of them."""
    found = ledger.look_up(keys)
    errand.run.rows |= {key: row for key, row in found.items() if isinstance(row, Delivery)}


def _expire(run: Run, cases: Iterable[Case], now: datetime) -> None:
    """What was tried before and is too late by now goes only if a person lets it go; the ledger says so."""
    for case in cases:
        late = next((reason.says for reason in case.reasons if reason.why is Why.LATE), "")
        for slot in case.slots if late else ():
            if slot.row and slot.row.state in TRIED:
                run.keep(slot.row, Expired(slot.row.intent.nonce, now, late))


def _settle(errand: Errand, ledger: Ledger) -> None:
    """Tell the ledger the rest and give the accounts back. Where that fails, the notes stay on this machine."""
    run = errand.run
    failed: Failure | None = None
    try:
        answer = ledger.record(run.pending, (account.given_back() for account in run.accounts.values()), run.seen)
        if isinstance(answer, Denied):
            failed = denied(answer)
        elif isinstance(answer, Raced):
            failed = Failure("XP-RACE", "others write to the ledger all the time", "run it again")
    except Failure as failure:
        failed = failure
    if failed is None:
        run.told()
        run.accounts.clear()
        errand.tags.sweep()
        return
    what = f"{failed.what}; what was sent is noted in {run.journal.folder}"
    cure = "run expertpost publish here again, before any other runner does"
    errand.troubles[""] = Trouble("", "XP-LEDGER-UNTOLD", what, cure)


def _published(errand: Errand, ledger: Ledger, looked: Survey, cases: tuple[Case, ...]) -> Published:
    lines = told(cases, errand.run.rows.values(), errand.stopped, errand.dry_run)
    wished = {(line.piece, line.channel) for line in errand.lines.values()}
    lines = [
        *errand.lines.values(),
        *(o for o in lines if o.result is not Result.CORRECTED or (o.piece, o.channel) not in wished),
    ]
    doubts = (row for row in ledger.open() if isinstance(row, Delivery) and row.key.id not in errand.run.rows)
    lines += doubtful(doubts, lines)
    return Published(
        looked.commit,
        tuple(lines),
        tuple(errand.troubles.values()),
        looked.findings,
        errand.dry_run,
        errand.run.stop(),
    )
