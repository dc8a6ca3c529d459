"""What a run changes in the routing catalog, and why: a pure function of catalog, evidence, policy and the time.

A challenger replaces the incumbent of a cell only if it is better (the win rate against it is above even by more than
the margin) or cheaper (at least `saving` less per accepted answer, and not below even by more than the margin). Both
claims are tested one-sided for every challenger of every cell, and Holm's correction covers them all: one publish
changes any route falsely in at most (1 - level)/2 of looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from evals.routing._compare import Duel, account, best_of, duel, prompts_beyond, spread
from evals.routing._control import RuleCheck, check_rule
from evals.routing._decide import PRESETS, Cell, cell_of, is_expired, place_of
from evals.routing._evidence import Asked, Evidence, Trial
from evals.routing._prices import read_time
from evals.routing._route import incumbent, written_route
from evals.routing._rows import write_open, write_route, write_rows
from evals.stats import holm

HELD = "held until"
Kind = Literal["promoted", "kept", "undecided", "expired", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a route changes. `margin` and `saving` are shares; ages in days; `preset` is the gate among winners."""

    margin: float = 0.03
    saving: float = 0.10
    level: float = 0.95
    min_prompts: int = 30
    hold_days: int = 7
    max_age_days: int = 90
    preset: str = "balanced"
    allow_untrusted: bool = False

    @property
    def alpha(self) -> float:
        """The chance of changing any route falsely in one look."""
        return (1.0 - self.level) / 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the diff. `need` is how many more prompts would settle an undecided cell, None when none would."""

    kind: Kind
    cell: Cell | None
    before: str | None
    after: str | None
    reason: str
    need: int | None = None
    duels: tuple[Duel, ...] = ()

    @property
    def settled(self) -> bool:
        """True when the evidence itself speaks for the route that stays."""
        return self.kind == "kept" and HELD not in self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The diff, the catalog as it would be (the same where refused), and how its routes do against their control.

    `notes` qualify the figures; of a refused run they are the steps that help.
    """

    run: str
    simulated: bool
    changes: tuple[Change, ...]
    catalog: Mapping[str, Any] = field(repr=False)
    notes: tuple[str, ...] = ()
    check: RuleCheck | None = None

    @property
    def refused(self) -> bool:
        """True when nothing of the run may be written."""
        return any(change.kind == "refused" for change in self.changes)


def propose(catalog: Mapping[str, Any], evidence: Evidence, policy: Policy, now: datetime) -> Proposal:
    """The changes a run makes. `catalog` is not changed. Nothing here reads a file or a clock."""
    refusals = [
        Change(kind="refused", cell=None, before=None, after=None, reason=reason)
        for reason in _refusals(catalog, evidence, policy, now)
    ]
    if refusals:
        return Proposal(
            run=evidence.run,
            simulated=evidence.simulated,
            changes=tuple(refusals),
            catalog=catalog,
            notes=_next_steps(evidence, policy),
        )
    after = deepcopy(dict(catalog))
    changes = _expire(after, evidence, now)
    expired = {change.cell for change in changes}
    _add_offers(after, evidence)
    duels = {cell: _duels(catalog, evidence, cell, policy) for cell in evidence.cells}
    proven = _proven(duels, policy)
    tests = sum(len(_claims(found)) for found in duels.values())
    for cell in evidence.cells:
        written = written_route(catalog, cell)
        if written is not None and written.get("run") == evidence.run:
            # its figures are in the catalog; measured against the route they made, they would say something else
            reason = f"decided by this run already: {written.get('reason', '')}"
            model = written["model"]
            changes.append(Change(kind="kept", cell=cell, before=model, after=model, reason=reason))
            continue
        trial = next((trial for trial in evidence.trials if trial.cell == cell), None)
        if trial is not None:
            change = _tried(catalog, trial, policy)
        else:
            settled = proven.get(cell, {})
            change = _judged(catalog, evidence, cell, duels[cell], settled, tests, policy, now, expired=cell in expired)
        changes.append(change)
        write_rows(after, evidence, cell, change.before, max_age_days=policy.max_age_days)
        if change.after is not None and (change.kind == "promoted" or change.settled):
            promoted = change.kind == "promoted"
            reason = f"{change.kind}: {change.reason}"
            write_route(after, evidence, cell, change.after, reason=reason, promoted=promoted, now=now)
            write_open(after, cell, evidence.run, "")
        else:
            write_open(after, cell, evidence.run, f"{change.kind}: {change.reason}")
    check = check_rule(catalog, after, evidence)
    if check is not None:
        after["check"] = check.to_json(evidence.run)
    if _without_time(after) != _without_time(catalog):
        after["updated_at"] = now.isoformat(timespec="seconds")
    notes = list(evidence.notes)
    if evidence.untrusted:
        notes += [f"marked as untrusted (--allow-untrusted): {who}" for who in evidence.untrusted]
    return Proposal(
        run=evidence.run,
        simulated=evidence.simulated,
        changes=tuple(changes),
        catalog=after,
        notes=tuple(notes),
        check=check,
    )


def _without_time(catalog: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in catalog.items() if name != "updated_at"}


def _refusals(catalog: Mapping[str, Any], evidence: Evidence, policy: Policy, now: datetime) -> list[str]:
    found = list(evidence.faults)
    age = (now - read_time(evidence.measured_at)).days
    if age >= policy.max_age_days:
        found.append(f"the run is {age} days old; evidence counts for {policy.max_age_days} days, so run it again")
    if evidence.simulated and not catalog.get("simulated"):
        found.append("the run is simulated and the catalog is not marked so; name a new file with --routing")
    if not evidence.simulated and catalog.get("simulated"):
        found.append("the catalog is marked simulated and the run is real; name another file with --routing")
    if not policy.allow_untrusted:
        found += [f"not trusted as a judge: {who}" for who in evidence.untrusted]
    return found


def _next_steps(evidence: Evidence, policy: Policy) -> tuple[str, ...]:
    """What helps where only the judge stands against a run."""
    if not evidence.untrusted or policy.allow_untrusted:
        return ()
    steps = []
    if evidence.uncalibrated:
        steps.append(
            f"measure the judges: `python -m evals run --run-id {evidence.run} --calibrate`, then publish again"
        )
    trusted = [task for task in dict.fromkeys(cell.task for cell in evidence.cells) if task not in evidence.doubted]
    if trusted:
        steps.append(f"publish what trusted judges have judged: `--task {','.join(trusted)}`")
    return (*steps, "or publish all the same, every figure marked as untrusted: `--allow-untrusted`")


# --------------------------------------------------------------------------------------------- the decision
def _duels(catalog: Mapping[str, Any], evidence: Evidence, cell: Cell, policy: Policy) -> dict[str, Duel]:
    """Every challenger of a cell that could take its requests, against the model that answers them now."""
    asked = evidence.of(cell)
    now_answers = incumbent(catalog, cell)
    if now_answers is None or now_answers["model"] not in evidence.places or len(asked) < policy.min_prompts:
        return {}
    offers = {offer["model"]: offer for offer in (*evidence.offers, *catalog["offers"])}
    found = {}
    for challenger in evidence.places:
        fits = not cell.image or "image" in offers.get(challenger, {}).get("modalities", ())
        if challenger != now_answers["model"] and fits:
            found[challenger] = duel(
                asked, now_answers["model"], challenger, margin=policy.margin, saving=policy.saving
            )
    return found


def _claims(duels: Mapping[str, Duel]) -> list[tuple[str, str, float]]:
    """The claims tested in a cell: (challenger, claim, p)."""
    return [
        (name, claim, p)
        for name, found in duels.items()
        for claim, p in (("better", found.p_better), ("cheaper", found.p_cheaper))
        if p is not None
    ]


def _proven(duels: Mapping[Cell, Mapping[str, Duel]], policy: Policy) -> dict[Cell, dict[str, str]]:
    """Cell -> challenger -> the claim that stands after Holm's correction over all claims of all cells."""
    claims = [(cell, *claim) for cell, found in duels.items() for claim in _claims(found)]
    adjusted = holm([p for *_, p in claims])
    proven: dict[Cell, dict[str, str]] = {}
    for (cell, challenger, claim, _), p in zip(claims, adjusted, strict=True):
        if p is not None and p <= policy.alpha:
            proven.setdefault(cell, {}).setdefault(challenger, claim)
    return proven


def _judged(
    catalog: Mapping[str, Any],
    evidence: Evidence,
    cell: Cell,
    duels: Mapping[str, Duel],
    proven: Mapping[str, str],
    tests: int,
    policy: Policy,
    now: datetime,
    *,
    expired: bool,
) -> Change:
    entry = incumbent(catalog, cell)
    found = tuple(duels.values())
    if entry is None:
        return Change(
            kind="undecided", cell=cell, before=None, after=None, reason="the catalog has no route to compare with"
        )
    model = entry["model"]

    def change(kind: Kind, after: str, reason: str, need: int | None = None) -> Change:
        return Change(kind=kind, cell=cell, before=model, after=after, reason=reason, need=need, duels=found)

    if model not in evidence.places:
        return change("undecided", model, f"{model} answers now and was not in this run; add it to --models")
    place = entry["host"], entry.get("region")
    if entry["evidence"] in ("measured", "ab") and place != evidence.places[model]:
        there = evidence.places[model][0]
        return change("undecided", model, f"{model} answers at {place[0]} now, and this run measured it at {there}")
    asked = evidence.of(cell)
    if len(asked) < policy.min_prompts:
        reason = f"{len(asked)} prompts, at least {policy.min_prompts} are needed (--by task pools them)"
        return change("undecided", model, reason, policy.min_prompts - len(asked))
    if proven:
        winner = _first_choice(asked, duels, proven, model, policy)
        until = _held_until(catalog, cell, policy)
        if until is not None and now < until and not expired:
            return change("kept", model, f"{winner} won, but the route changed lately: {HELD} {until:%Y-%m-%d}")
        return change("promoted", winner, _why(duels[winner], proven[winner], policy))
    tested = {name: one for name, one in duels.items() if one.win is not None and one.win.low is not None}
    if not tested:
        reason = f"nothing was judged against {model} in this run" if duels else "no challenger in this run"
        return change("undecided" if duels else "kept", model, reason)
    if all(_ruled_out(one, policy) for one in tested.values()):
        best = best_of(tested)
        assert best is not None
        return change(
            "kept", model, f"no challenger is better, or cheaper and as good; the nearest: {_figures(duels[best])}"
        )
    near, need = _nearest(tested, tests, policy)
    more = "no number of prompts would settle it" if need is None else f"about {need} more prompts would settle it"
    alone = [p for p in (duels[near].p_better, duels[near].p_cheaper) if p is not None and p <= policy.alpha]
    among = f"; proven by itself, but not among the {tests} claims of this run" if alone else ""
    return change("undecided", model, f"{_figures(duels[near])}{among}; {more}", need)


def _held_until(catalog: Mapping[str, Any], cell: Cell, policy: Policy) -> datetime | None:
    written = written_route(catalog, cell)
    since = None if written is None else written.get("since")
    return None if since is None else read_time(since) + timedelta(days=policy.hold_days)


def _first_choice(
    asked: Sequence[Asked], duels: Mapping[str, Duel], proven: Mapping[str, str], model: str, policy: Policy
) -> str:
    """Of several that may replace the incumbent: those near the best lower bound, then the lowest cost."""
    bounds = {name: win.low for name in proven if (win := duels[name].win) is not None and win.low is not None}
    bar = max(bounds.values()) - PRESETS[policy.preset]
    inside = [name for name, bound in bounds.items() if bound >= bar]
    costs = {name: account(asked, name, model).dollars for name in inside}

    def rank(name: str) -> tuple[bool, Decimal, float, str]:
        cost = costs[name]
        return cost is None, cost or Decimal(0), -bounds[name], name

    return min(inside, key=rank)


def _ruled_out(one: Duel, policy: Policy) -> bool:
    """Whether the evidence shows that a challenger is neither better by the margin nor cheap enough and as good."""
    assert one.win is not None
    assert one.win.high is not None
    if one.win.high > 0.5 + policy.margin:
        return False
    worse = one.win.high < 0.5 - policy.margin
    dearer = one.cost is not None and one.cost.low > 1.0 - policy.saving
    return worse or dearer


def _nearest(tested: Mapping[str, Duel], tests: int, policy: Policy) -> tuple[str, int | None]:
    """The open challenger that the fewest further prompts would settle, one way or the other, and how many."""
    found: list[tuple[bool, int, str]] = []
    for name, one in tested.items():
        if not _ruled_out(one, policy):
            need = _more(one, tests, policy)
            found.append((need is None, need or 0, name))
    never, least, name = min(found)
    return name, None if never else least


def _more(one: Duel, tests: int, policy: Policy) -> int | None:
    """Prompts that would prove the claim that looks true, or rule a challenger out, were the win rate as observed."""
    assert one.win is not None
    gap, variance = one.win.value - 0.5, spread(one.win)
    cheap = one.cost is not None and one.cost.value <= 1.0 - policy.saving
    if gap > policy.margin:
        need = prompts_beyond(gap, margin=policy.margin, variance=variance, tests=tests)
    elif cheap and gap > -policy.margin:
        need = prompts_beyond(gap, margin=-policy.margin, variance=variance, tests=tests)
    else:
        need = prompts_beyond(policy.margin - gap, margin=0.0, variance=variance)
    return None if need is None else max(1, need - one.win.n)


def _tried(catalog: Mapping[str, Any], trial: Trial, policy: Policy) -> Change:
    """The verdict of an A/B test: its interval holds at every moment, so its ends decide without correction."""
    entry = incumbent(catalog, trial.cell)
    before = entry["model"] if entry is not None else None
    shown = (
        f"{trial.challenger} is accepted {_points(trial.difference)} (at any time {_points(trial.low)} to"
        f" {_points(trial.high)}) against {trial.incumbent} on {trial.n} requests"
    )

    def change(kind: Kind, after: str | None, reason: str) -> Change:
        return Change(kind=kind, cell=trial.cell, before=before, after=after, reason=reason)

    if before != trial.incumbent:
        return change("undecided", before, f"the test was against {trial.incumbent}, and {before} answers now")
    if trial.stopped:
        return change("kept", before, f"the test was stopped: {trial.stopped}")
    cheaper = trial.cost_ratio_high is not None and trial.cost_ratio_high <= 1.0 - policy.saving
    if trial.low > policy.margin or (cheaper and trial.low > -policy.margin):
        return change("promoted", trial.challenger, shown + ("" if trial.low > policy.margin else ", and is cheaper"))
    if trial.high < policy.margin and not cheaper:
        return change("kept", before, shown)
    return change("undecided", before, f"{shown}; let it run on")


# --------------------------------------------------------------------------------------------- what is written
def _expire(after: dict[str, Any], evidence: Evidence, now: datetime) -> list[Change]:
    """End the evidence of a model that is served as another now, and name the routes whose evidence has run out."""
    found = []
    for row in after["rows"]:
        model = row["model"]
        known, seen = set(row.get("served_model") or ()), set(evidence.served.get(model, ()))
        here = (row["host"], row.get("region")) == evidence.places.get(model)
        swapped = bool(here and known and seen and known != seen)
        old = is_expired(row.get("quality") or row.get("accepted") or {}, now) and cell_of(row) not in evidence.cells
        if swapped:
            for name in ("quality", "accepted", "cost_per_accepted_usd", "latency_s"):
                if row.get(name) is not None:
                    row[name]["valid_until"] = now.isoformat(timespec="seconds")
        entry = written_route(after, cell_of(row))
        if (swapped or old) and entry is not None and place_of(entry) == place_of(row):
            reason = (
                f"{model} is served as {', '.join(sorted(seen))} now, its evidence is of {', '.join(sorted(known))}"
                if swapped
                else f"the evidence for {model} ended on {(row.get('quality') or row['accepted'])['valid_until'][:10]}"
            )
            found.append(Change(kind="expired", cell=cell_of(row), before=model, after=model, reason=reason))
    return found


def _add_offers(after: dict[str, Any], evidence: Evidence) -> None:
    known = {place_of(offer) for offer in after["offers"]}
    after["offers"] += [dict(offer) for offer in evidence.offers if place_of(offer) not in known]


# --------------------------------------------------------------------------------------------- words
def _why(found: Duel, claim: str, policy: Policy) -> str:
    margin = f"{100 * policy.margin:.0f} points"
    if claim == "better":
        return f"better by more than {margin}: {_figures(found)}"
    return f"cheaper by at least {policy.saving:.0%} and not worse by {margin}: {_figures(found)}"


def _figures(found: Duel) -> str:
    words = f"{found.challenger} v {found.incumbent}"
    if found.win is not None and found.win.low is not None and found.win.high is not None:
        win = found.win
        words += (
            f": wins {100 * win.value:.1f} % ({100 * found.win.low:.1f} to {100 * found.win.high:.1f}, n = {win.n})"
        )
    if found.cost is not None:
        cost = found.cost
        words += f", {cost.value:.2f} x the cost per accepted answer ({cost.low:.2f} to {cost.high:.2f})"
    return words


def _points(share: float) -> str:
    return f"{100 * share:+.1f} points"
