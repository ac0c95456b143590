"""What the review branches change since each left main: read one by one, or together where that is quicker."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from expertpost.errors import Finding
from expertpost.flows.desk import Desk
from expertpost.flows.guarding import Guarded, guarded_in, wrong_settings
from expertpost.model.guarded import lists_of
from expertpost.store.changes import Change, Entrant, between, entrants, folders, is_draft, touched
from expertpost.store.grown import Grown, contents, grown, present
from expertpost.store.pieces import DRAFTS, Loaded, load


@dataclass(frozen=True, slots=True)
class Proposal:
    """One review branch. ``base``: where it left main; ``pieces``, ``entries``: what it adds or changes, as it has it.

    ``more``: other paths that it changes, among them links and names that are not allowed. ``gone``: paths under
    ``drafts/`` that it takes away. ``guarded``: what it changes of settings, templates, recipients, CI and people,
    except for ``entries``; ``wrong``: what is wrong with that. ``name``: the branch without ``review/``.
    """

    branch: str
    tip: str
    base: str
    pieces: tuple[Loaded, ...]
    entries: tuple[Entrant, ...] = ()
    more: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    guarded: tuple[Guarded, ...] = ()
    name: str = ""
    wrong: tuple[Finding, ...] = ()


def proposal_of(desk: Desk, branch: str, tip: str) -> Proposal:
    """What a review branch changes since it left main."""
    base = desk.git.merge_base(desk.main.commit, tip)
    return _proposal(desk, branch, Grown(tip, base, between(desk.git, base, tip) if base else ()))


def _proposal(desk: Desk, branch: str, has: Grown) -> Proposal:
    if has.base is None:
        return Proposal(branch, has.tip, "", (), more=("a history that has nothing in common with main",))
    gone = tuple(change.path for change in has.changes if change.gone and change.path.startswith(f"{DRAFTS}/"))
    plain = [change.path for change in has.changes if change.regular and change.path not in gone]
    files = desk.workspace.at(has.tip).files
    found = touched(files, desk.config, [*plain, *gone])
    entries = entrants(files, plain)
    irregular = [change.path for change in has.changes if not change.regular]
    guarded = guarded_in(desk, has.tip, has.changes, {entry.path for entry in entries})
    known = {*gone, *(entry.path for entry in entries), *(each.change.path for each in guarded)}
    other = [path for path in found.other if path not in known]
    more, name = (*irregular, *other), branch.removeprefix(desk.config.branches.review)
    wrong = wrong_settings(desk, has.tip, guarded)
    return Proposal(branch, has.tip, has.base, found.pieces, entries, more, gone, guarded, name, wrong)


def proposals(desk: Desk) -> tuple[Proposal, ...]:
    """Every review branch, by name. Those with single texts only, which is nearly all, are read together."""
    prefix = desk.config.branches.review
    tips = {branch: tip for branch, tip in sorted(desk.tips.items()) if branch.startswith(prefix)}
    has = grown(desk.git, desk.main.commit, tips.values())
    lists = lists_of(desk.config)
    simple = {each.tip for each in has.values() if each.base and all(_is_text(one, lists) for one in each.changes)}
    beside = _in_bundles(desk, [has[tip] for tip in simple])
    simple -= beside
    texts = contents(desk.git, (change.blob for tip in simple for change in has[tip].changes))
    made = []
    for branch, tip in tips.items():
        whole = tip in simple and all(change.blob in texts for change in has[tip].changes)
        made.append(_of_texts(desk, branch, has[tip], texts) if whole else _proposal(desk, branch, has[tip]))
    return tuple(made)


def _is_text(change: Change, lists: Collection[str]) -> bool:
    """Whether a change is a new or changed text below ``drafts/``, and nothing else (``lists``: of recipients)."""
    there = change.regular and not change.gone
    return there and is_draft(change.path) and change.path.endswith(".md") and change.path not in lists


def _in_bundles(desk: Desk, simple: list[Grown]) -> set[str]:
    """The tips of which some text is, or lies beside, an ``index.md``: then other files may belong to it."""
    found = {each.tip for each in simple if any(change.path.endswith("/index.md") for change in each.changes)}
    asked = {
        each.tip: {
            (each.base or "", f"{folder}/index.md") for change in each.changes for folder in folders(change.path)
        }
        for each in simple
    }
    there = present(desk.git, (pair for pairs in asked.values() for pair in pairs))
    return found | {tip for tip, pairs in asked.items() if pairs & there}


def _of_texts(desk: Desk, branch: str, has: Grown, texts: Mapping[str, bytes]) -> Proposal:
    pieces = [load(change.path, texts[change.blob], desk.config) for change in has.changes]
    name = branch.removeprefix(desk.config.branches.review)
    return Proposal(branch, has.tip, has.base or "", tuple(sorted(pieces, key=lambda each: each.path)), name=name)
