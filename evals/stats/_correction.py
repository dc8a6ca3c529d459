"""Win rates put right by labels: what people would have said, from a judge's verdicts and some people's.

Two methods, by where the labels come from. Both refuse where their interval would not hold; a refusal is a value with
a sentence, because a run goes on without a correction.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import asdict, dataclass
from itertools import compress
from typing import Literal, NamedTuple

from ._families import family_sums
from ._winrate import TOLERANCE, normal_quantile, plain, student_quantile

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
    "too-few-families",
]

PPI_LABELS = 100
"""PPI++ with fewer labels covers .92 at 20 labels, .85-.90 near the ends: refused."""
WEAKEST_JUDGE = 1.2
"""Sensitivity plus specificity below this (1 is guessing): the correction divides by next to nothing."""
LABELLED_FAMILIES = 20
"""Labels of fewer families of prompts: refused."""
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
class FamilyCorrected(Corrected):
    """A corrected rate whose prompts come in families of unlike size; the labelled ones in `families` of them."""

    families: int


class PromptFamilies(NamedTuple):
    """The family of each prompt: of those in `verdicts`, and of those in `labelled`; one name, one family."""

    verdicts: Collection[Hashable]
    labelled: Collection[Hashable]

    @property
    def with_label(self) -> int:
        """How many families have a label."""
        return len(set(self.labelled))


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
    families: PromptFamilies | None = None,
    level: float = 0.95,
) -> Corrected | Refusal:
    """Corrects one pair's win rate by the method that `choose_method` names; never pool pairs, their errors differ.

    `verdicts` are the judge's scores (0..1) on prompts of the run without a label, `labelled` its scores on prompts
    with one and `labels` the people's scores of those, in the same order. Labels must be of the run's own models:
    gold pairs only calibrate. With Rogan-Gladen the verdicts on labelled prompts do not enter the run's own share;
    hand them over in `verdicts` too where they are of the run and were not chosen. Raises ValueError on scores
    outside 0..1 or unequal lengths.

    `families` names each prompt's family (prompts made from one template; a prompt of its own has a name of its own).
    Where prompts share one, the error is summed by family (Liang and Zeger, Biometrika 73, 1986), labelled prompts and
    others together, with Student's t of G-1 degrees of freedom, G families having a label, and a `FamilyCorrected`
    comes back; labels of fewer than 20 families are refused.
    """
    method = choose_method(labels_from)
    if method == "ppi++":
        return ppi(verdicts, labelled=labelled, labels=labels, families=families, level=level)
    return rogan_gladen(verdicts, labelled=labelled, labels=labels, families=families, level=level)


def ppi(
    verdicts: Collection[float],
    *,
    labelled: Collection[float],
    labels: Collection[float],
    families: PromptFamilies | None = None,
    level: float = 0.95,
) -> Corrected | Refusal:
    """PPI++ (Angelopoulos, Duchi and Zrnic, arXiv 2311.01453) for a mean; the labelled are a random sample.

    With f the verdicts (n without a label, m with one) and y the labels:
    theta = lam·mean(f_n) + mean(y - lam·f)_m, lam = cov(y, f) / ((1 + m/n)·var f) clipped to 0..1,
    se^2 = lam^2·var(f)/n + var(y - lam·f)/m. Ties (0.5) enter as they are. Refused: fewer than 100 labels, no
    verdict without a label, labels all equal, and labelled prompts whose verdicts differ from the others' so much
    (p < 0.001) that they are no random sample. `families` as in `correct`.
    """
    verdicts, labelled, labels = _scores(verdicts), _scores(labelled), _scores(labels)
    families = _shared(families, len(verdicts), len(labelled), disjoint=True)
    refusal = _refuse_ppi(verdicts, labelled, labels, families)
    if refusal is not None:
        return refusal
    n, m = len(verdicts), len(labels)
    spread = _variance([*verdicts, *labelled])
    shared = _covariance(labels, labelled)
    weight = min(1.0, max(0.0, shared / ((1.0 + m / n) * spread))) if spread > TOLERANCE else 0.0
    rest = [label - weight * verdict for label, verdict in zip(labels, labelled, strict=True)]
    value = weight * _mean(verdicts) + _mean(rest)
    error = _error([weight * verdict for verdict in verdicts], rest, families)
    half = _quantile(level, families) * error
    both = _variance(labels) * _variance(labelled)
    found = Corrected(
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
    return found if families is None else FamilyCorrected(**asdict(found), families=families.with_label)


def rogan_gladen(
    verdicts: Collection[float],
    *,
    labelled: Collection[float],
    labels: Collection[float],
    families: PromptFamilies | None = None,
    level: float = 0.95,
) -> Corrected | Refusal:
    """Rogan and Gladen (American Journal of Epidemiology 107, 1978) with the interval of Lee et al., arXiv 2511.21140.

    On prompts that are no ties, with p the share of verdicts for the first, q0 the judge's share of right verdicts
    where people favoured the second (m0 labels) and q1 where they favoured the first (m1):
    see `rogan_gladen_rate`. Refused: no verdict, no label of one side, q0 + q1 < 1.2. `families` as in `correct`: the
    half width grows by the root of the clustered over the plain variance of the rate's influences, never below 1.
    """
    verdicts, labelled, labels = _scores(verdicts), _scores(labelled), _scores(labels)
    named = [abs(verdict - 0.5) > TOLERANCE for verdict in verdicts]
    sided = [min(abs(f - 0.5), abs(y - 0.5)) > TOLERANCE for f, y in zip(labelled, labels, strict=True)]
    families = _shared(families, len(verdicts), len(labelled), disjoint=False, kept=(named, sided))
    wins = [verdict > 0.5 for verdict in compress(verdicts, named)]
    judged = [(f > 0.5, y > 0.5) for f, y in compress(zip(labelled, labels, strict=True), sided)]
    found = rogan_gladen_rate(
        wins=sum(wins),
        n=len(wins),
        right_losses=sum(not verdict for verdict, label in judged if not label),
        losses=sum(not label for _, label in judged),
        right_wins=sum(verdict for verdict, label in judged if label),
        label_wins=sum(label for _, label in judged),
        level=level,
        left_out=len(verdicts) + len(labels) - len(wins) - len(judged),
    )
    if families is None or isinstance(found, Refusal):
        return found
    if families.with_label < LABELLED_FAMILIES:
        return _few_families("rogan-gladen", families)
    return _widened(found, wins, judged, families)


def _widened(
    found: Corrected, wins: Sequence[bool], judged: Sequence[tuple[bool, bool]], families: PromptFamilies
) -> FamilyCorrected:
    """The interval with both ends as far from the value as families put them.

    theta moves by (dp + (1 - theta)·dq0 - theta·dq1) / (q0 + q1 - 1), which every prompt has its share in.
    """
    right = {label: [verdict == label for verdict, other in judged if other == label] for label in (False, True)}
    pull = {False: 1.0 - found.value, True: -found.value}
    own = [
        len(judged) * pull[label] * ((verdict == label) - _mean(right[label])) / len(right[label])
        for verdict, label in judged
    ]
    plain_error, clustered = (_error([float(win) for win in wins], own, each) for each in (None, families))
    wider = max(1.0, clustered / plain_error) if plain_error > TOLERANCE else 1.0
    wider *= _quantile(found.level, families) / _quantile(found.level, None)
    ends = {
        "low": max(0.0, found.value - wider * (found.value - found.low)),
        "high": min(1.0, found.value + wider * (found.high - found.value)),
    }
    return FamilyCorrected(**{**asdict(found), **ends}, families=families.with_label)


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


def _refuse_ppi(
    verdicts: Sequence[float], labelled: Sequence[float], labels: Sequence[float], families: PromptFamilies | None
) -> Refusal | None:
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
    if families is not None and families.with_label < LABELLED_FAMILIES:
        return _few_families("ppi++", families)
    error = _error(verdicts, [-verdict for verdict in labelled], families)
    gap = abs(_mean(verdicts) - _mean(labelled))
    if gap > normal_quantile(1.0 - _ODDS_OF_NO_SAMPLE / 2.0) * error + TOLERANCE:
        return _refusal(
            "ppi++",
            "not-a-random-sample",
            f"the judge scores labelled prompts {_mean(labelled):.2f} and others {_mean(verdicts):.2f}: the labelled "
            "ones are no random sample of the run; draw prompts at random, or name the labels as chosen by class",
        )
    return None


def _few_families(method: Method, families: PromptFamilies) -> Refusal:
    return _refusal(
        method,
        "too-few-families",
        f"the labelled prompts come from {families.with_label} templates, and prompts of one are not independent: "
        f"label prompts of at least {LABELLED_FAMILIES}",
    )


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


def _shared(
    families: PromptFamilies | None,
    n: int,
    m: int,
    *,
    disjoint: bool,
    kept: tuple[Sequence[bool], Sequence[bool]] | None = None,
) -> PromptFamilies | None:
    """The families of what is `kept`, or None when no two prompts share one.

    `disjoint`: no prompt stands in both lists, so that a name in both is a family too.
    """
    if families is None:
        return None
    names = [list(names) for names in families]
    if [*map(len, names)] != [n, m]:
        raise ValueError("every verdict needs the family of its prompt")
    if kept is not None:
        names = [list(compress(each, keep)) for each, keep in zip(names, kept, strict=True)]
    shared = any(len(set(each)) < len(each) for each in names) or (disjoint and bool({*names[0]} & {*names[1]}))
    return PromptFamilies(*names) if shared else None


def _error(verdicts: Sequence[float], rest: Sequence[float], families: PromptFamilies | None) -> float:
    """The standard error of the sum of two means; with families by the sums of each one's share in both."""
    n, m = len(verdicts), len(rest)
    plain_error = math.sqrt(sum(_variance(values) / len(values) for values in (verdicts, rest) if len(values) > 1))
    if families is None:
        return plain_error
    first, second = _mean(verdicts), _mean(rest)
    shares = [(value - first) / n for value in verdicts] + [(value - second) / m for value in rest]
    sums = family_sums(shares, [*families.verdicts, *families.labelled])
    return max(plain_error, math.sqrt(len(sums) / (len(sums) - 1) * math.fsum(part**2 for part in sums)))


def _quantile(level: float, families: PromptFamilies | None) -> float:
    if families is None:
        return normal_quantile(0.5 + level / 2.0)
    return student_quantile(0.5 + level / 2.0, families.with_label - 1)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    return _covariance(values, values)


def _covariance(first: Sequence[float], second: Sequence[float]) -> float:
    a, b = _mean(first), _mean(second)
    return math.fsum((x - a) * (y - b) for x, y in zip(first, second, strict=True)) / (len(first) - 1)
