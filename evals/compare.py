"""Two runs of the same prompts: which model became better or worse, and what the runs could not have seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from evals.records import UsageError
from evals.stats import Difference, benjamini_hochberg, family_variance, holm, paired_difference, smallest_gap

LEVEL = 0.95
POWER = 0.8
SAME_PROMPTS = 0.5
"""Suites of which a smaller share of prompts is the same are not compared."""

Pair = tuple[str, str]
Verdict = Literal["better", "worse", "undecided"]
Adjust = Callable[[Sequence[float | None]], list[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteScores:
    """One suite of a run as folded: for each pair the score (0..1, of its first side) on every prompt that has one.

    `judging` says in words what decides a verdict (definition, its hash, judges as served); `judges` those of each
    pair. `categories` and `families` give each prompt's; prompts without a family are their own. `prompts` hashes what
    is asked and judged by, prompt by prompt; it is empty for runs that did not store that.
    """

    hash: str
    judging: str
    judges: Mapping[Pair, tuple[str, ...]]
    categories: Mapping[str, str]
    scores: Mapping[Pair, Mapping[str, float]]
    families: Mapping[str, str]
    prompts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScores:
    """A run as `compare` takes it. `baseline` is the model all others stand against, if any."""

    name: str
    simulated: bool
    baseline: str | None
    suites: Mapping[str, SuiteScores]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One model on one suite, or on one `category` of it: its win rate in the second run less that in the first.

    `verdict` rests on `p_adjusted` (one-sided, towards the change that was seen), not on the interval, which is that of
    this comparison alone and has two sides; `smallest_gap` is the change that so many prompts show with probability
    0.8 by the normal formula, None where they show none.
    """

    suite: str
    model: str
    category: str | None
    before: float
    after: float
    difference: Difference
    p_adjusted: float | None
    smallest_gap: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two runs came to. `notes` says what was left out."""

    before: str
    after: str
    simulated: bool
    changes: tuple[Change, ...]
    slices: tuple[Change, ...]
    notes: tuple[str, ...]
    level: float = LEVEL
    power: float = POWER

    def regressions(self, margin: float = 0.0) -> list[Change]:
        """The changes for the worse, in suites and categories, of at least `margin` (0..1)."""
        found = (*self.changes, *self.slices)
        return [one for one in found if one.verdict == "worse" and -one.difference.value >= margin]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A model's win rates before and after on the same prompts, against the same opponents."""

    suite: str
    model: str
    category: str | None
    before: Sequence[float]
    after: Sequence[float]
    families: Sequence[str] | None

    @property
    def differences(self) -> list[float]:
        return [new - old for old, new in zip(self.before, self.after, strict=True)]


def compare(before: RunScores, after: RunScores, *, seed: int = 0) -> Compared:
    """Compare two runs prompt by prompt, each model against the opponents that both runs have.

    Each prompt gives one difference, the mean over the pairs that have a score in both runs; `paired_difference` tests
    them (families whole), each direction by itself: "is worse" is what a gate asks. The chance of a false claim is
    shared out: half of 1 - level goes to the suites (Holm over models and suites), half to the categories
    (Benjamini-Hochberg over all of them), so that of two equal runs a model is called worse at most that often, and
    better at most that often. A baseline is what the others are measured with and gets no test. Of a suite that changed
    in between the prompts that are the same in both are compared. Raises UsageError when those are less than half of
    either, judging or simulation differ, or nothing is common.
    """
    common = asked_alike(before, after)
    if (why := judged_otherwise(before, after)) is not None:
        raise UsageError(
            f"{why}\na new judge may like other answers; --rejudge has the answers of one run judged as those of the "
            "other were, in a run of its own, and compares that one"
        )
    notes = [
        f"{name} is in {run.name} only and is left out"
        for run, other in ((before, after), (after, before))
        for name in run.suites
        if name not in other.suites
    ]
    whole: list[_Column] = []
    parts: list[_Column] = []
    for name in common:
        columns, sliced = _columns(name, before, after, notes)
        whole += columns
        parts += sliced
    if not whole:
        raise UsageError(f"{before.name} and {after.name} have no pair of models with a score on the same prompt")
    families = 2 if parts else 1
    return Compared(
        before=before.name,
        after=after.name,
        simulated=before.simulated,
        changes=_tested(whole, holm, families, seed),
        slices=_tested(parts, benjamini_hochberg, families, seed),
        notes=tuple(notes),
    )


# ------------------------------------------------------------------------------------------- may they be compared?
def asked_alike(before: RunScores, after: RunScores) -> list[str]:
    """The suites of both runs; UsageError where their answers cannot be compared, whoever judges them."""
    runs = f"{before.name} and {after.name}"
    common = [name for name in before.suites if name in after.suites]
    if not common:
        raise UsageError(
            f"{runs} have no suite in common: {', '.join(before.suites)} there, {', '.join(after.suites)} here"
        )
    if before.simulated != after.simulated:
        raise UsageError(f"one of {runs} is simulated; invented answers and measured ones are never compared")
    for name in common:
        old, new = before.suites[name], after.suites[name]
        if (same := _same_prompts(old, new)) is not None:
            then, now = len(old.categories), len(new.categories)
            if not same or len(same) < SAME_PROMPTS * max(then, now):
                raise UsageError(
                    f"suite {name} is not the same in {runs} (other prompts, parameters or --limit): {len(same)} of "
                    f"{then} prompts then and {now} now are the same, and {SAME_PROMPTS:.0%} must be; run the first "
                    "one's models on the present suite again"
                )
    return common


def judged_otherwise(before: RunScores, after: RunScores) -> str | None:
    """What decides a verdict on a pair of both runs in one of them only, as a sentence; None when nothing does."""
    for name in before.suites:
        if name not in after.suites:
            continue
        old, new = before.suites[name], after.suites[name]
        changed = [pair for pair in old.judges if pair in new.judges and old.judges[pair] != new.judges[pair]]
        if old.judging != new.judging or changed:
            was, now = old.judging, new.judging
            if changed:
                pair = changed[0]
                was, now = (f"{one.judging}, {' v '.join(pair)} by {', '.join(one.judges[pair])}" for one in (old, new))
            runs = f"{before.name} and {after.name}"
            return f"suite {name} was judged otherwise in {runs}: {was}; now {now}"
    return None


def _same_prompts(old: SuiteScores, new: SuiteScores) -> set[str] | None:
    """The prompts that are the same in both, None for all of them."""
    if old.hash == new.hash:
        return None
    return {prompt for prompt, known in old.prompts.items() if new.prompts.get(prompt) == known}


# ------------------------------------------------------------------------------------------- columns
def _columns(suite: str, before: RunScores, after: RunScores, notes: list[str]) -> tuple[list[_Column], list[_Column]]:
    """The columns of one suite, and those of its categories when it has several."""
    old, new = before.suites[suite], after.suites[suite]
    pairs = [pair for pair in old.scores if pair in new.scores]
    models = list(dict.fromkeys(model for pair in pairs for model in pair))
    either = dict.fromkeys(model for one in (old, new) for pair in one.scores for model in pair)
    if gone := [model for model in either if model not in models]:
        notes.append(f"{suite}: {', '.join(gone)} stand in one of the runs only and are left out")
    same = _same_prompts(old, new)
    if same is not None:
        then, now = len(old.categories), len(new.categories)
        notes.append(
            f"{suite} is not what it was: the {len(same)} prompts are compared that are the same, of {then} then and "
            f"{now} now"
        )
    measure = before.baseline if before.baseline == after.baseline else None
    columns: list[_Column] = []
    sliced: list[_Column] = []
    for model in (model for model in models if model != measure):
        prompts = [prompt for prompt in old.categories if same is None or prompt in same]
        rates = _rates(model, pairs, old, new, prompts)
        if len(rates) < len(prompts):
            notes.append(f"{suite}: {model} has a score in both runs on {len(rates)} of {len(prompts)} prompts")
        groups: dict[str, list[str]] = {}
        for prompt in rates:
            groups.setdefault(old.categories[prompt], []).append(prompt)
        for category, members in ((None, [*rates]), *(groups.items() if len(set(old.categories.values())) > 1 else ())):
            if not members:
                continue
            column = _Column(
                suite=suite,
                model=model,
                category=category,
                before=[rates[prompt][0] for prompt in members],
                after=[rates[prompt][1] for prompt in members],
                families=[old.families.get(p, f"prompt {p}") for p in members] if old.families else None,
            )
            (columns if category is None else sliced).append(column)
    return columns, sliced


def _rates(
    model: str, pairs: Sequence[Pair], old: SuiteScores, new: SuiteScores, prompts: Iterable[str]
) -> dict[str, tuple[float, float]]:
    """The model's win rate on each prompt before and after, over the pairs that have a score in both runs."""
    mine = [pair for pair in pairs if model in pair]
    rates: dict[str, tuple[float, float]] = {}
    for prompt in prompts:
        both = [
            [run[pair][prompt] if pair[0] == model else 1.0 - run[pair][prompt] for run in (old.scores, new.scores)]
            for pair in mine
            if prompt in old.scores[pair] and prompt in new.scores[pair]
        ]
        if both:
            rates[prompt] = (
                math.fsum(one[0] for one in both) / len(both),
                math.fsum(one[1] for one in both) / len(both),
            )
    return rates


# ------------------------------------------------------------------------------------------- tests
def _tested(columns: Sequence[_Column], adjust: Adjust, shares: int, seed: int) -> tuple[Change, ...]:
    """The columns tested, p-values adjusted for their number and for the `shares` the level is dealt out in."""
    found = [
        paired_difference(column.differences, level=LEVEL, seed=seed, families=column.families) for column in columns
    ]
    worse, better = (adjust([_one_sided(difference, side) for difference in found]) for side in (-1.0, 1.0))
    changes = []
    for place, (column, difference) in enumerate(zip(columns, found, strict=True)):
        p_value = (worse if difference.value < 0.0 else better)[place]
        p_value = None if p_value is None else min(1.0, shares * p_value)
        changes.append(
            Change(
                suite=column.suite,
                model=column.model,
                category=column.category,
                before=math.fsum(column.before) / len(column.before),
                after=math.fsum(column.after) / len(column.after),
                difference=difference,
                p_adjusted=p_value,
                smallest_gap=_smallest_gap(column, comparisons=shares * len(columns)),
                verdict=_verdict(difference, p_value),
            )
        )
    return tuple(changes)


def _one_sided(difference: Difference, side: float) -> float | None:
    """The p-value of "no change to this side": half the two-sided one, whose tests are symmetric, or the rest to 1."""
    if difference.p_value is None:
        return None
    half = difference.p_value / 2.0
    return half if side * difference.value > 0.0 else 1.0 - half


def _verdict(difference: Difference, p_adjusted: float | None) -> Verdict:
    if p_adjusted is None or p_adjusted > 1.0 - LEVEL or difference.value == 0.0:
        return "undecided"
    return "better" if difference.value > 0.0 else "worse"


def _smallest_gap(column: _Column, *, comparisons: int) -> float | None:
    """By the normal formula, from the spread of these differences; families that go together widen it.

    One-sided, as the tests are: the two-sided quantile at twice the chance of a false claim.
    """
    differences, n = column.differences, len(column.differences)
    found = [family_variance(differences, groups)[0] for groups in (range(n), column.families) if groups is not None]
    variance = n * max((one for one in found if one is not None), default=0.0)
    if not variance:
        return None
    gap = smallest_gap(n, variance=variance, comparisons=comparisons, level=2.0 * LEVEL - 1.0, power=POWER)
    return None if gap is None or gap > 1.0 else gap
