"""Is early stopping honest, and what does it save? `python -m bench.sequential` (`--small` in seconds)

Three tables: how often evidence valid at every look misleads at any look, how wide a confidence sequence is, and what
`find_best` saves against a fixed plan at equal power. The fixed plan judges all models on n prompts and names the best
when Holm over all pairs puts it above every other (paired t tests); the harder rival tests only the best against the
rest, one-sided, Bonferroni. With the recorded answers of four models at hand, also how many prompts it needed there.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.stats import BestArm, BestFound, betting_e_value, confidence_sequence, find_best, mixture_e_value, win_rate
from evals.stats._sequential import log_sum, stakes

from .tables import outside, percent, show

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]
"""So many prompts drawn: one row a prompt, one column a model; or plain scores."""

ALPHA = 0.05
POWERS = (0.8, 0.95)
LATTICE = (0.0, 0.25, 0.5, 0.75, 1.0)
LOOKS = 1000


def coins(share: float, ties: float = 0.0) -> Draw:
    """Won, lost or tied."""

    def draw(source: np.random.Generator, n: int) -> Floats:
        won = (source.random(n) < share).astype(float)
        return np.where(source.random(n) < ties, 0.5, won)

    return draw


def lattice(*shares: float) -> Draw:
    """Scores 0, 1/4, 1/2, 3/4 and 1, so often each."""
    return lambda source, n: source.choice(LATTICE, n, p=shares)


def models(*strengths: float, orders: int = 2) -> Draw:
    """Models against a baseline: prompts of unlike difficulty, each judged in so many orders."""

    def draw(source: np.random.Generator, n: int) -> Floats:
        logit = np.array(strengths) + source.normal(0.0, 1.0, (n, 1))
        return source.binomial(orders, 1.0 / (1.0 + np.exp(-logit))) / orders

    return draw


# ------------------------------------------------------------------------------------------- valid at every look?
def mixture_path(scores: Floats) -> Floats:
    """The log of the mixture e-value after each prompt."""
    wins, losses = np.cumsum(scores > 0.5), np.cumsum(scores < 0.5)
    return np.array(
        [mixture_e_value(won, lost).log_value for won, lost in zip(wins.tolist(), losses.tolist(), strict=True)]
    )


def betting_path(null: float) -> Callable[[Floats], Floats]:
    """The log of the betting e-value after each prompt; a confidence sequence without `null` needs it to reject."""

    def path(scores: Floats) -> Floats:
        grid, log_weights = stakes()
        up = np.cumsum(np.log(1 - grid + grid * scores[:, None] / null), axis=0) + log_weights
        down = np.cumsum(np.log(1 - grid + grid * (1 - scores[:, None]) / (1 - null)), axis=0) + log_weights
        found = log_sum(np.concatenate([up, down], axis=1)) - math.log(2)
        assert abs(found[-1] - betting_e_value(scores, null=null).log_value) < 1e-6  # the shipped function
        return found

    return path


def false_alarms(repetitions: int, seed: int) -> list[tuple[str, str, int]]:
    """Per line the runs that were misled at any look up to 1,000 prompts."""
    equal, skewed = lattice(0.2, 0.2, 0.2, 0.2, 0.2), lattice(0.3, 0.0, 0.2, 0.4, 0.1)
    quarters = lattice(0.1, 0.15, 0.25, 0.25, 0.25)
    lines: list[tuple[str, str, Draw, Callable[[Floats], Floats]]] = [
        ("mixture e-process", "equal models", coins(0.5), mixture_path),
        ("mixture e-process", "equal models, 40 % ties", coins(0.5, 0.4), mixture_path),
        ("betting e-process", "scores in quarters, equal", equal, betting_path(0.5)),
        ("betting e-process", "mean 1/2, skewed", skewed, betting_path(0.5)),
        ("confidence sequence", "win rate .5", coins(0.5), betting_path(0.5)),
        ("confidence sequence", "win rate .95", coins(0.95), betting_path(0.95)),
        ("confidence sequence", "quarters, mean .6", quarters, betting_path(0.6)),
    ]
    source = np.random.default_rng(seed)
    limit = math.log(1 / ALPHA)
    return [
        (what, case, sum(bool((path(draw(source, LOOKS)) >= limit).any()) for _ in range(repetitions)))
        for what, case, draw, path in lines
    ]


def widths(seed: int) -> list[list[object]]:
    """The confidence sequence beside the fixed-n interval, mean of 20 draws."""
    source = np.random.default_rng(seed)
    cases = {"win rate .5": coins(0.5), "win rate .8, 12 % ties": coins(0.84, 0.12), "win rate .95": coins(0.95)}
    rows: list[list[object]] = []
    for name, draw in cases.items():
        for n in (50, 200, 800):
            pairs = []
            for _ in range(20):
                scores = draw(source, n)
                fixed, found = win_rate(scores), confidence_sequence(scores)
                assert fixed.low is not None
                assert fixed.high is not None
                pairs.append((found.high - found.low, fixed.high - fixed.low))
            sequence, plain = np.mean(pairs, axis=0)
            rows.append([name, n, f"{sequence:.3f}", f"{plain:.3f}", f"{sequence / plain:.2f}"])
    return rows


# ------------------------------------------------------------------------------------------- which model is best?
@dataclass(frozen=True, kw_only=True)
class Race:
    """Models to find the best of. `best` is its column, None where several share the top."""

    name: str
    draw: Draw
    models: int
    best: int | None
    most: int


@dataclass(frozen=True, kw_only=True)
class Plans:
    """Plans of equal power. `cap`: prompts at which that share of the runs had decided; `prompts`, `scores`: used."""

    power: float
    cap: int
    prompts: float
    scores: float
    fixed: int | None
    rival: int | None


def run_race(race: Race, repetitions: int, seed: int) -> tuple[int, list[Plans]]:
    """How many runs named a wrong best by `race.most` prompts, and the plans for each power that was reached."""
    source = np.random.default_rng(seed)
    found: list[BestFound] = []
    for _ in range(repetitions):
        arms = BestArm([str(model) for model in range(race.models)], alpha=ALPHA, cap=race.most)
        for row in race.draw(source, race.most):
            arms.add({str(model): float(score) for model, score in enumerate(row)})
            if arms.finished:
                break
        found.append(arms.result())
    wrong = sum(one.decided and one.best != str(race.best) for one in found)
    looks = sorted(one.looks if one.decided else race.most + 1 for one in found)
    plans = []
    for power in POWERS if race.best is not None else ():
        cap = looks[math.ceil(power * repetitions) - 1]
        if cap <= race.most:
            fixed, rival = (_fixed_plan(race, power, repetitions, seed, all_pairs=each) for each in (True, False))
            prompts = float(np.mean([min(one.looks, cap) for one in found]))
            scores = float(np.mean([_scores(one, race.models, cap) for one in found]))
            plans.append(Plans(power=power, cap=cap, prompts=prompts, scores=scores, fixed=fixed, rival=rival))
    return wrong, plans


def race_rows(race: Race, wrong: int, plans: Sequence[Plans], repetitions: int) -> list[list[object]]:
    """The lines of one race: one for each power, or one that only says how often the best was wrong."""
    share = percent(wrong, repetitions)
    if not plans:
        return [[race.name, share, *["-"] * 6]]

    def save(plan: Plans, n: int | None) -> str:
        return "-" if n is None else f"{n} ({100 * (1 - plan.scores / (n * race.models)):.0f} %)"

    rows: list[list[object]] = []
    for plan in plans:
        used = [f"{100 * plan.power:.0f} %", plan.cap, f"{plan.prompts:.0f}", f"{plan.scores:.0f}"]
        rows.append([race.name, share, *used, save(plan, plan.fixed), save(plan, plan.rival)])
    return rows


def _scores(found: BestFound, count: int, cap: int) -> int:
    """The scores asked for until the cap: each model's until it dropped out."""
    ends = [one.look for one in found.eliminated]
    return sum(min(end, cap) for end in [*ends, *[found.looks] * (count - len(ends))])


def _fixed_plan(race: Race, power: float, repetitions: int, seed: int, *, all_pairs: bool) -> int | None:
    """The prompts at which a fixed plan names the best with this power."""
    from scipy.special import ndtr

    source = np.random.default_rng(seed + 1)
    sizes = np.unique(np.geomspace(10, race.most, 60).astype(int))
    named = np.zeros(len(sizes))
    pairs = list(combinations(range(race.models), 2))
    first, second = np.array(pairs).T
    for _ in range(repetitions):
        rows = race.draw(source, race.most)
        gaps = rows[:, first] - rows[:, second]
        mean = np.cumsum(gaps, axis=0)[sizes - 1] / sizes[:, None]
        spread = np.cumsum(gaps**2, axis=0)[sizes - 1] / sizes[:, None] - mean**2
        z = mean / np.sqrt(np.maximum(spread, 1e-12) / (sizes[:, None] - 1))
        z = np.where(first == race.best, z, -z)  # of its own pairs, towards the best
        own = (first == race.best) | (second == race.best)
        if all_pairs:
            p = 2 * ndtr(-np.abs(z))
            order = np.sort(p, axis=1)
            passed = order * np.arange(len(pairs), 0, -1) <= ALPHA
            kept = np.where(passed.all(axis=1), len(pairs), passed.argmin(axis=1))  # Holm: up to the first that fails
            limit = np.where(kept > 0, order[np.arange(len(sizes)), np.maximum(kept - 1, 0)], -1.0)
            named += ((p[:, own] <= limit[:, None]) & (z[:, own] > 0)).all(axis=1)
        else:
            named += (ndtr(-z[:, own]) <= ALPHA / (race.models - 1)).all(axis=1)
    enough = np.flatnonzero(named >= power * repetitions)
    return int(sizes[enough[0]]) if len(enough) else None


def recorded() -> tuple[list[str], Floats] | None:
    """The recorded right and wrong answers of four models on 1,319 questions, where they are at hand."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("EVALS_RECORDED_DATA") or beside) / "gsm8k" / "example_model_solutions.jsonl"
    if not path.exists():
        return None
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = [key for key, value in rows[0].items() if isinstance(value, dict)]
    return names, np.array([[float(row[name]["is_correct"]) for name in names] for row in rows])


def races(answers: Floats | None, *, most: int) -> list[Race]:
    """The races of the table."""
    found = [
        Race(name="2 equal models", draw=models(0.0, 0.0), models=2, best=None, most=most),
        Race(name="6 equal models", draw=models(*[0.0] * 6), models=6, best=None, most=most),
        Race(name="4 models, 2 share the top", draw=models(0.0, 0.0, -0.6, -0.6), models=4, best=None, most=most),
        Race(name="2 models, 10 points apart", draw=models(0.48, 0.0), models=2, best=0, most=most),
        Race(name="4 models, best by 7 points", draw=models(0.35, 0.0, -0.4, -0.8), models=4, best=0, most=most),
        Race(
            name="6 models, best by 10 points",
            draw=models(0.5, 0.0, -0.2, -0.4, -0.8, -1.2),
            models=6,
            best=0,
            most=most,
        ),
        Race(name="6 models, 5 equal behind", draw=models(0.5, *[0.0] * 5), models=6, best=0, most=most),
    ]
    if answers is not None:

        def draw(source: np.random.Generator, n: int) -> Floats:
            return answers[source.integers(0, len(answers), n)]

        best = int(answers.mean(axis=0).argmax())
        found.append(Race(name="gsm8k, 4 recorded models", draw=draw, models=4, best=best, most=most))
    return found


def recorded_line(names: Sequence[str], answers: Floats, shuffles: int) -> str:
    """How many prompts `find_best` needed on the recorded answers."""
    found = [find_best(answers.tolist(), models=names, alpha=ALPHA, seed=seed) for seed in range(shuffles)]
    best = names[int(answers.mean(axis=0).argmax())]
    right = sum(one.best == best for one in found)
    looks = np.array([one.looks for one in found])
    share = np.mean([one.scores / one.scores_planned for one in found])
    low, middle, high = np.percentile(looks, [5, 50, 95])
    return (
        f"gsm8k, {len(answers)} questions, {len(names)} models, {shuffles} shuffles: the best ({best}) named in "
        f"{right}, another in {sum(one.decided for one in found) - right}; prompts needed: median {middle:.0f}, "
        f"5-95 % {low:.0f}-{high:.0f}, most {looks.max()}; answers used: {100 * share:.1f} % of all."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 1 when a test misled more often than its level allows (beyond Monte-Carlo error)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="a few repetitions, in seconds")
    chosen = parser.parse_args(arguments)
    repetitions, most = (20, 300) if chosen.small else (chosen.repetitions, 2000)
    alarms = false_alarms(repetitions, chosen.seed)
    print(f"Misled at any of {LOOKS} looks, %; promised: at most 5 ({repetitions} repetitions)\n")
    rows = [[what, case, percent(hits, repetitions)] for what, case, hits in alarms]
    show(rows, ["method", "case", "misled, %"])
    print("\nWidth of a 95 % interval\n")
    show(widths(chosen.seed), ["case", "n", "confidence sequence", "fixed n", "ratio"])
    data = recorded()
    lines, misled = [], [hits for _, _, hits in alarms]
    for race in races(None if data is None else data[1], most=most):
        wrong, plans = run_race(race, repetitions, chosen.seed)
        misled.append(wrong)
        lines += race_rows(race, wrong, plans, repetitions)
    print(f"\nThe best model, {repetitions} repetitions, at most {most} prompts; scores saved at equal power\n")
    plan = ["power", "cap", "prompts", "scores", "fixed plan, Holm: n (saved)", "best v rest: n (saved)"]
    show(lines, ["models", "wrong, %", *plan])
    if data is None:
        print("\nno recorded answers at hand (EVALS_RECORDED_DATA): gsm8k left out")
    else:
        print("\n" + recorded_line(*data, shuffles=10 if chosen.small else 200))
    return int(outside(max(misled), repetitions, 0.0, ALPHA))


if __name__ == "__main__":
    sys.exit(main())
