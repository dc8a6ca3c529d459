"""A proposal in words: Markdown that reads well in a terminal and as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report import visible
from evals.routing._bill import per_thousand
from evals.routing._control import RuleCheck
from evals.routing._publish import Change, Proposal

_TITLES = {
    "refused": "Refused",
    "promoted": "Promoted",
    "expired": "Expired",
    "undecided": "Undecided",
    "kept": "Kept",
}


def comment(proposal: Proposal, *, target: str, applied: bool) -> str:
    """The diff as Markdown: what changes first, then what stays and why, then what the routes are worth."""
    lines = [f"## Routing: what `{_code(proposal.run)}` changes in `{_code(target)}`", ""]
    if proposal.simulated:
        lines += ["**SIMULATED**: every figure below is invented.", ""]
    if proposal.refused:
        lines += ["Nothing is written. Refused, because:", ""]
        lines += [f"- {_plain(change.reason)}" for change in proposal.changes]
        lines += ["", "What helps:", ""] if proposal.notes else []
        lines += [f"- {_plain(note)}" for note in proposal.notes]
        return "\n".join(lines)
    lines += [_summary(proposal.changes), ""]
    for kind in ("promoted", "expired", "undecided", "kept"):
        found = [change for change in proposal.changes if change.kind == kind]
        if found:
            lines += [f"### {_TITLES[kind]}", "", *_table(found), ""]
    if proposal.check is not None:
        lines += ["### What the routes are worth on these prompts", "", *_check(proposal.check), ""]
    lines += [f"- note: {_plain(note)}" for note in proposal.notes]
    lines += [""] if proposal.notes else []
    lines.append(
        f"Written to `{_code(target)}`; the version before, if there was one, is `{_code(target)}.bak`."
        if applied
        else "Dry run: nothing was written. To write it, add `--apply`."
    )
    return "\n".join(lines)


def _summary(changes: Sequence[Change]) -> str:
    counts = [(kind, sum(change.kind == kind for change in changes)) for kind in _TITLES]
    return ", ".join(f"{count} {kind}" for kind, count in counts if count) or "no cell was measured"


def _table(changes: Sequence[Change]) -> list[str]:
    moved = changes[0].kind == "promoted"
    heads = ["cell", "from", "to", "why"] if moved else ["cell", "route", "why"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for change in changes:
        names = [change.before, change.after] if moved else [change.before]
        cells = [str(change.cell), *(f"`{_code(name or 'none')}`" for name in names), change.reason]
        lines.append(f"| {' | '.join(_plain(cell) for cell in cells)} |")
    return lines


def _check(check: RuleCheck) -> list[str]:
    kinds = [
        ("these routes", check.quality, check.cost_usd),
        ("shuffled control: the same models as often, at random", check.control_quality, check.control_cost_usd),
        ("oracle: the best answer to each prompt, of equals the cheapest", check.oracle_quality, check.oracle_cost_usd),
    ]
    lines = ["| | checks passed, else win share | $ per 1,000 requests |", "|---|---|---|"]
    lines += [f"| {name} | {100 * share:.1f} % | {per_thousand(cost)} |" for name, share, cost in kinds]
    subject = "" if len(check.shares) == 1 else "The rule is " if check.worthless else "The rule "
    verdict = _plain(check.verdict)
    lines += ["", f"{subject}{verdict if subject else verdict[0].upper() + verdict[1:]} (n = {check.n})."]
    if check.chosen_here and len(check.shares) > 1:
        lines.append("Routes changed by this run were chosen on these very prompts, so their gain flatters them.")
    if check.predicts is not None:
        said = _plain(check.predicts.verdict)
        lines.append(f"{said[0].upper()}{said[1:]}.")
    return lines


def _plain(text: str) -> str:
    return visible(text).replace("|", "\\|")


def _code(text: str) -> str:
    return visible(text).replace("`", "'").replace("|", "\\x7c")
