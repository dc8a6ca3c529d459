"""What is said of the order of the models as a whole: ranks, who cannot be told apart, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals.report._cells import UNKNOWN, percent
from evals.report._view import DifferenceRow, ModelRow, PairRow, SuiteView

Name = Callable[[str], str]

_DOUBT = 0.05
"""A p-value up to this is worth a sentence."""
_UNLIKE_SHOWN = 3
_FURTHEST = 50.0
"""Points between a win rate of 50 % and the ends of the scale: no distance is larger."""


def rank_cell(row: ModelRow) -> str:
    """The ranks a model can have: "1", "2-3"."""
    if row.rank is None:
        return UNKNOWN
    low, high = row.rank
    return str(low) if low == high else f"{low}-{high}"


def p_cell(p_value: float | None) -> str:
    """A p-value with three decimals."""
    return UNKNOWN if p_value is None else "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def needed_cell(row: PairRow | DifferenceRow) -> str:
    """The prompts at which a difference like the observed one would be found; a dash for none."""
    return UNKNOWN if row.n_to_settle is None else f"{row.n_to_settle:,}"


def unseen_in_categories(suite: SuiteView) -> str:
    """What cells without a mark could have shown, in one sentence; "" where all are marked or nothing is known."""
    cells = [cell for cell in suite.categories if not cell.mark]
    gaps = [100 * cell.mde for cell in cells if cell.mde is not None and 100 * cell.mde <= _FURTHEST]
    if not cells:
        return ""
    if not gaps:
        return "A cell without a mark holds too few prompts to show any difference from 50 %."
    last = f"the least steady from {max(gaps):.0f} on" if len(gaps) == len(cells) else "the least steady none at all"
    return (
        f"A cell without a mark may still differ from 50 %: four times in five the steadiest of them would show a "
        f"distance from {min(gaps):.0f} points on, {last}."
    )


def told_apart(suite: SuiteView, name: Name) -> str:
    """Which models cannot be told apart, in one sentence; "" without a ranking or with one model."""
    if not suite.complete or suite.ranking is None or len(suite.models) < 2:
        return ""
    groups = [group for group in suite.ranking["groups"] if len(group) > 1]
    sets = [_listed([name(model) for model in group]) for group in groups]
    if not sets:
        said = "By rank, all models can be told apart."
    elif len(sets) == 1:
        said = f"By rank, {sets[0]} cannot be told apart."
    else:
        said = f"By rank, no two models within one of these sets can be told apart: {'; '.join(sets)}."
    return " ".join(filter(None, [said, _unlike_the_pairs(suite, name)]))


def _unlike_the_pairs(suite: SuiteView, name: Name) -> str:
    """Where ranks and the tests of pairs come to different ends, and why both can be right; "" where nowhere."""
    above = {(better, worse) for better, worse in (suite.ranking or {}).get("above") or ()}
    tested = [(row, row.rate.value, 0.5) for row in suite.pairs] + [(row, row.value, 0.0) for row in suite.differences]
    unlike = []
    for row, value, equal in tested:
        if row.p_adjusted is None or value is None:
            continue
        by_rank = (row.first, row.second) in above, (row.second, row.first) in above
        by_pair = row.p_adjusted <= _DOUBT
        if by_rank != (by_pair and value > equal, by_pair and value < equal):
            what = "apart" if any(by_rank) else "not apart"
            unlike.append(f"{name(row.first)} v {name(row.second)} ({what} by rank, adj. p {p_cell(row.p_adjusted)})")
    if not unlike:
        return ""
    more = f" and {len(unlike) - _UNLIKE_SHOWN} more" if len(unlike) > _UNLIKE_SHOWN else ""
    return (
        f"Ranks and pairs differ on {'; '.join(unlike[:_UNLIKE_SHOWN])}{more}: ranks fit one strength per model to "
        "the verdicts on all of them, “adj. p” rests on those on the two alone, and only it says who beats whom."
    )


def order_notes(suite: SuiteView) -> list[str]:
    """What a reader of the ranking must know beside it: misfit, cycles, pseudo-wins, missing scores."""
    if not suite.complete:
        return []
    return [*_ranking_notes(suite.ranking or {}), *_missing_notes(suite)]


def _ranking_notes(ranking: Mapping[str, Any]) -> list[str]:
    notes = []
    flags = ranking.get("flags") or ()
    if "misfit" in flags:
        fit = ranking["fit"]
        notes.append(
            f"one strength a model does not describe these verdicts: {fit['first']} stands at "
            f"{percent(fit['observed'])} % against {fit['second']} where {percent(fit['expected'])} % is expected "
            f"(p {p_cell(fit['p_value'])}); read the pairs, not the ranks"
        )
    for cycle in ranking.get("intransitive") or ():
        first, second, third = cycle["models"]
        notes.append(f"{first} beats {second}, {second} beats {third}, and {third} beats {first}")
    if "pseudo-wins" in flags:
        who = [
            f"{_listed(models)} {'has' if len(models) == 1 else 'have'} no {what}"
            for models, what in ((ranking["unbeaten"], "loss"), (ranking["winless"], "win"))
            if models
        ]
        why = f" ({'; '.join(who)})" if who else ""
        notes.append(f"strengths rest on half a win added each way to every compared pair{why}")
    if "disconnected" in flags:
        parts = "; ".join(_listed(part) for part in ranking["components"])
        notes.append(f"ranks compare only models that are linked by comparisons: {parts}")
    return notes


def _missing_notes(suite: SuiteView) -> list[str]:
    notes = []
    test, found = suite.missing_test, suite.sensitivity
    if test and test["p_value"] <= _DOUBT:
        shares = ", ".join(f"{model} {percent(share)} %" for model, share in test["shares"].items())
        notes.append(f"scores are not missing alike for all models ({shares}; p {p_cell(test['p_value'])})")
    if found and (open_ := found["pairs"] - found["settled"]):
        notes.append(
            f"{open_} of the {found['pairs']} pairs with missing scores could stand on the other side of 50 % "
            "had these been judged"
        )
    return notes


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
