"""Win rates put right by labels: what people would have said, from a judge's verdicts and some people's.

Two methods, by where the labels come from. Both refuse where their interval would not hold; a refusal is a value with
a sentence, because a run goes on without a correction.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from ._winrate import TOLERANCE, normal_quantile, plain

LabelSource = Literal["random-sample", "by-class", "elsewhere"]
"""Labelled prompts are a random sample of the run; or were chosen by verdict or label; or are of another run."""
Method = Literal["ppi++", "rogan-gladen"]
RefusalCode = Literal[
    "no-verdicts",
    "too-few-labels",
    "labels-all-equal",
    "not-a-random-sample",
    "class-missing",
    "judge-too-weak",
]

PPI_LABELS = 100
"""PPI++ with fewer labels covers .92 at 20 labels, .85-.90 near the ends: refused."""
WEAKEST_JUDGE = 1.2
"""Sensitivity plus specificity below this (1 is guessing): the correction divides by next to nothing."""
_ODDS_OF_NO_SAMPLE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A corrected rate in 0..1 with its interval. `n` counts verdicts without a label that entered, `labels` labels.

    PPI++: `weight` (lambda) says how far the judge is followed, `judge_worth` is rho squared between verdict and
    label, so many labels one judge call is worth. Rogan-Gladen: `specificity`, `sensitivity`, and `left_out`, how
    many ties (of verdict or label) do not enter: the rate is then that among prompts that are no ties.
    """

    value: float
    low: float
    high: float
    level: float
    method: Method
    n: int
    labels: int
    left_out: int = 0
    weight: float | None = None
    judge_worth: float | None = None
    specificity: float | None = None
    sensitivity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No correction, and why: `sentence` says what is missing and what would help."""

    method: Method
    code: RefusalCode
    sentence: str


def choose_method(labels_from: LabelSource) -> Method:
    """PPI++ where labelled prompts are a random sample of the run, else Rogan-Gladen.

    PPI++ takes the share of labels for the run's own; labels chosen by class or from elsewhere have another share
    (at 50 % instead of 75 % its interval holds the truth in 0.1 % of runs). Rogan-Gladen asks only that the judge errs
    as often, given the label, as there. Raises ValueError on any other word.
    """
    methods: dict[str, Method] = {
        "random-sample": "ppi++",
        "by-class": "rogan-gladen",
        "elsewhere": "rogan-gladen",
    }
    if labels_from not in methods:
        raise ValueError(f"labels come from {', '.join(methods)}; not {labels_from!r}")
    return methods[labels_from]


def correct(
    verdicts: Collection[float],
    *,
    labelled: Collection[float],
    labels: Collection[float],
    labels_from: LabelSource,
    level: float = 0.95,
) -> Corrected | Refusal:
    """Corrects one pair's win rate by the method that `choose_method` names; never pool pairs, their errors differ.

    `verdicts` are the judge's scores (0..1) on prompts of the run without a label, `labelled` its scores on prompts
    with one and `labels` the people's scores of those, in the same order. Labels must be of the run's own models:
    gold pairs only calibrate. With Rogan-Gladen the verdicts on labelled prompts do not enter the run's own share;
    hand them over in `verdicts` too where they are of the run and were not chosen. Raises ValueError on scores
    outside 0..1 or unequal lengths.
    """
    method = choose_method(labels_from)
    if method == "ppi++":
        return ppi(verdicts, labelled=labelled, labels=labels, level=level)
    return rogan_gladen(verdicts, labelled=labelled, labels=labels, level=level)


def ppi(
    verdicts: Collection[float], *, labelled: Collection[float], labels: Collection[float], level: float = 0.95
) -> Corrected | Refusal:
    """PPI++ (Angelopoulos, Duchi and Zrnic, arXiv 2311.01453) for a mean; the labelled are a random sample.

    With f the verdicts (n without a label, m with one) and y the labels:
    theta = lam·mean(f_n) + mean(y - lam·f)_m, lam = cov(y, f) / ((1 + m/n)·var f) clipped to 0..1,
    se^2 = lam^2·var(f)/n + var(y - lam·f)/m. Ties (0.5) enter as they are. Refused: fewer than 100 labels, no
    verdict without a label, labels all equal, and labelled prompts whose verdicts differ from the others' so much
    (p < 0.001) that they are no random sample.
    """
    verdicts, labelled, labels = _scores(verdicts), _scores(labelled), _scores(labels)
    refusal = _refuse_ppi(verdicts, labelled, labels)
    if refusal is not None:
        return refusal
    n, m = len(verdicts), len(labels)
    spread = _variance([*verdicts, *labelled])
    shared = _covariance(labels, labelled)
    weight = min(1.0, max(0.0, shared / ((1.0 + m / n) * spread))) if spread > TOLERANCE else 0.0
    rest = [label - weight * verdict for label, verdict in zip(labels, labelled, strict=True)]
    value = weight * _mean(verdicts) + _mean(rest)
    half = normal_quantile(0.5 + level / 2.0) * math.sqrt(weight**2 * _variance(verdicts) / n + _variance(rest) / m)
    both = _variance(labels) * _variance(labelled)
    return Corrected(
        value=min(1.0, max(0.0, value)),
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        level=level,
        method="ppi++",
        n=n,
        labels=m,
        weight=weight,
        judge_worth=min(1.0, shared**2 / both) if both > TOLERANCE**2 else 0.0,
    )


def rogan_gladen(
    verdicts: Collection[float], *, labelled: Collection[float], labels: Collection[float], level: float = 0.95
) -> Corrected | Refusal:
    """Rogan and Gladen (American Journal of Epidemiology 107, 1978) with the interval of Lee et al., arXiv 2511.21140.

    On prompts that are no ties, with p the share of verdicts for the first, q0 the judge's share of right verdicts
    where people favoured the second (m0 labels) and q1 where they favoured the first (m1):
    see `rogan_gladen_rate`. Refused: no verdict, no label of one side, q0 + q1 < 1.2.
    """
    verdicts, labelled, labels = _scores(verdicts), _scores(labelled), _scores(labels)
    both = list(zip(labelled, labels, strict=True))
    named = [verdict > 0.5 for verdict in verdicts if abs(verdict - 0.5) > TOLERANCE]
    sided = [(f > 0.5, y > 0.5) for f, y in both if min(abs(f - 0.5), abs(y - 0.5)) > TOLERANCE]
    return rogan_gladen_rate(
        wins=sum(named),
        n=len(named),
        right_losses=sum(not verdict for verdict, label in sided if not label),
        losses=sum(not label for _, label in sided),
        right_wins=sum(verdict for verdict, label in sided if label),
        label_wins=sum(label for _, label in sided),
        level=level,
        left_out=len(verdicts) + len(both) - len(named) - len(sided),
    )


def rogan_gladen_rate(
    *,
    wins: int,
    n: int,
    right_losses: int,
    losses: int,
    right_wins: int,
    label_wins: int,
    level: float = 0.95,
    left_out: int = 0,
) -> Corrected | Refusal:
    """The same from counts: `wins` of n verdicts; the judge was right in so many of the labelled losses and wins.

    theta = (p + q0 - 1) / (q0 + q1 - 1). The interval is made with z^2/2 added to both outcomes of p and 1 to those
    of q0 and q1 (Lang and Reiczigel, Preventive Veterinary Medicine 113, 2014): its centre is moved by
    2z^2·(theta·q1(1-q1)/m1 - (1-theta)·q0(1-q0)/m0) and its half width is
    z·sqrt(p(1-p)/n + (1-theta)^2·q0(1-q0)/m0 + theta^2·q1(1-q1)/m1) / (q0 + q1 - 1).
    """
    refusal = _refuse_rates(n, losses, label_wins)
    if refusal is not None:
        return refusal
    specificity, sensitivity = right_losses / losses, right_wins / label_wins
    if specificity + sensitivity < WEAKEST_JUDGE - TOLERANCE:
        return _refusal(
            "rogan-gladen",
            "judge-too-weak",
            f"specificity {specificity:.2f} and sensitivity {sensitivity:.2f} add to less than {WEAKEST_JUDGE}: this "
            "judge says too little to be corrected; take a better judge, or report the labels alone",
        )
    value = (wins / n + specificity - 1.0) / (specificity + sensitivity - 1.0)
    z = normal_quantile(0.5 + level / 2.0)
    trials, m0, m1 = n + z * z, losses + 2, label_wins + 2
    p, q0, q1 = (wins + z * z / 2.0) / trials, (right_losses + 1) / m0, (right_wins + 1) / m1
    better = q0 + q1 - 1.0
    theta = (p + q0 - 1.0) / better
    error0, error1 = q0 * (1.0 - q0) / m0, q1 * (1.0 - q1) / m1
    centre = theta + 2.0 * z * z * (theta * error1 - (1.0 - theta) * error0)
    half = z * math.sqrt(p * (1.0 - p) / trials + (1.0 - theta) ** 2 * error0 + theta**2 * error1) / better
    value = min(1.0, max(0.0, value))
    return Corrected(
        value=value,
        low=min(value, max(0.0, centre - half)),
        high=max(value, min(1.0, centre + half)),
        level=level,
        method="rogan-gladen",
        n=n,
        labels=losses + label_wins,
        left_out=left_out,
        specificity=specificity,
        sensitivity=sensitivity,
    )


def _refuse_ppi(verdicts: Sequence[float], labelled: Sequence[float], labels: Sequence[float]) -> Refusal | None:
    if len(labelled) != len(labels):
        raise ValueError("every label needs the judge's verdict on the same prompt")
    if len(labels) < PPI_LABELS:
        sentence = f"{len(labels)} labels; PPI++ needs {PPI_LABELS} on prompts drawn at random: label more"
        return _refusal("ppi++", "too-few-labels", sentence)
    if len(verdicts) < 2:
        return _refusal("ppi++", "no-verdicts", "every judged prompt has a label: report the labels' own win rate")
    if max(labels) - min(labels) < TOLERANCE:
        sentence = "all labels are equal, so their error cannot be told: label more, or report the labels alone"
        return _refusal("ppi++", "labels-all-equal", sentence)
    error = math.sqrt(_variance(verdicts) / len(verdicts) + _variance(labelled) / len(labelled))
    gap = abs(_mean(verdicts) - _mean(labelled))
    if gap > normal_quantile(1.0 - _ODDS_OF_NO_SAMPLE / 2.0) * error + TOLERANCE:
        return _refusal(
            "ppi++",
            "not-a-random-sample",
            f"the judge scores labelled prompts {_mean(labelled):.2f} and others {_mean(verdicts):.2f}: the labelled "
            "ones are no random sample of the run; draw prompts at random, or name the labels as chosen by class",
        )
    return None


def _refuse_rates(n: int, losses: int, wins: int) -> Refusal | None:
    if n < 1:
        sentence = "the judge named no winner on any prompt, so there is nothing to correct"
        return _refusal("rogan-gladen", "no-verdicts", sentence)
    if not losses or not wins:
        side = "wins" if losses else "losses" if wins else "wins and losses"
        sentence = f"no labelled {side} of the first side with a verdict: the judge's errors on them are unknown"
        return _refusal("rogan-gladen", "class-missing", f"{sentence}; label such prompts")
    return None


def _refusal(method: Method, code: RefusalCode, sentence: str) -> Refusal:
    return Refusal(method=method, code=code, sentence=sentence)


def _scores(values: Collection[float]) -> Sequence[float]:
    scores = plain(values)
    if not all(0.0 <= score <= 1.0 for score in scores):
        raise ValueError("scores and labels must lie in 0..1")
    return scores


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    return _covariance(values, values)


def _covariance(first: Sequence[float], second: Sequence[float]) -> float:
    a, b = _mean(first), _mean(second)
    return math.fsum((x - a) * (y - b) for x, y in zip(first, second, strict=True)) / (len(first) - 1)
