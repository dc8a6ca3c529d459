"""A/B test of a new model on live traffic: a plan, a sticky split, and outcomes that may be read at any time."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from evals.reading.strict import read_jsonl
from evals.records import InputError, Problem, UsageError
from evals.routing._decide import Cell
from evals.routing._evidence import Evidence, Trial, TrialArm
from evals.stats import ConfidenceSequence, confidence_sequence

PLAN = "ab.json"
OUTCOMES = "outcomes.jsonl"
SCHEMA = 1
_MANY = 2**64
_COST_FROM = 50
"""Answers of each arm before their costs are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPlan:
    """What is tested and when it stops. `share` of the requests goes to the challenger, chosen by `salt` and their ids.

    Guardrails: the challenger's error rate may not surely pass the incumbent's by `max_errors`, nor its mean cost be
    more than `max_cost` times the incumbent's. `requests`: what a true gap of `gap` needs in all, with 80 % power.
    """

    name: str
    task: str
    complexity: str
    image: bool
    incumbent: str
    challenger: str
    share: float
    salt: str
    margin: float
    saving: float
    level: float
    gap: float
    requests: int | None
    max_errors: float
    max_cost: float
    created_at: str
    simulated: bool = False

    @property
    def cell(self) -> Cell:
        """The cell whose requests are split."""
        return Cell(task=self.task, complexity=self.complexity, image=self.image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One request of the test. `accepted` is 0..1 (an error is 0); cost and latency are None where unknown."""

    request_id: str
    challenger: bool
    accepted: float
    error: bool
    cost_usd: Decimal | None
    latency_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side so far."""

    model: str
    n: int
    accepted: float | None
    errors: float | None
    cost_usd: float | None
    p50_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The test so far. The interval of the difference holds at every look; `stop` names a guardrail that was hit."""

    arms: tuple[Arm, Arm]
    bounds: tuple[ConfidenceSequence, ...]
    difference: float | None
    low: float | None
    high: float | None
    cost_ratio: float | None
    cost_ratio_high: float | None
    stop: str
    verdict: str


def goes_to_challenger(request_id: str, salt: str, share: float) -> bool:
    """Whether a request belongs to the challenger: the same answer for the same id whoever asks, and however often."""
    digest = hashlib.sha256(f"{salt}\0{request_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * _MANY


# --------------------------------------------------------------------------------------------- planning
def requests_needed(gap: float, *, margin: float, share: float, level: float, accepted: float = 0.7) -> int | None:
    """Requests in all after which a true gap is shown with 80 % power, whatever the number of looks before.

    The smallest n at which the interval around what is observed in the worst fifth of tests (normal approximation)
    lies above the margin. None when the gap is not above it, or ten million requests would not do.
    """
    if gap <= margin:
        return None
    low, high = 100, 100
    while not _shows(high, gap, margin, share, level, accepted):
        low, high = high, high * 2
        if high > 10_000_000:
            return None
    while high - low > max(1, low // 200):
        middle = (low + high) // 2
        low, high = (low, middle) if _shows(middle, gap, margin, share, level, accepted) else (middle, high)
    return high


def _shows(n: int, gap: float, margin: float, share: float, level: float, accepted: float) -> bool:
    theirs, ours = max(2, round(n * share)), max(2, round(n * (1.0 - share)))
    rate = min(1.0, accepted + gap)
    error = math.sqrt(rate * (1.0 - rate) / theirs + accepted * (1.0 - accepted) / ours)
    seen = max(0.0, rate - 0.8416212 * error)
    found = difference(_column(seen, theirs), _column(accepted, ours), level=level)
    return found is not None and found[1] > margin


def _column(share: float, n: int) -> list[float]:
    wins = round(share * n)
    return [1.0] * wins + [0.0] * (n - wins)


def difference(
    challenger: Sequence[float], incumbent: Sequence[float], *, level: float
) -> tuple[float, float, float] | None:
    """Challenger minus incumbent in mean acceptance, with an interval that holds at all looks at once."""
    bounds = both(incumbent, challenger, level=level)
    if bounds is None:
        return None
    ours, theirs = bounds
    return theirs.value - ours.value, theirs.low - ours.high, theirs.high - ours.low


def both(
    incumbent: Sequence[float], challenger: Sequence[float], *, level: float
) -> tuple[ConfidenceSequence, ConfidenceSequence] | None:
    """Both arms' confidence sequences, each with half of the error, so that together they hold with `level`."""
    if not challenger or not incumbent:
        return None
    each = (1.0 + level) / 2.0
    return confidence_sequence(incumbent, level=each), confidence_sequence(challenger, level=each)


# --------------------------------------------------------------------------------------------- files
def write_plan(folder: Path, plan: TestPlan) -> None:
    """Start a test's folder. Raises UsageError when it holds one already: a plan does not change while it runs."""
    if (folder / PLAN).exists():
        raise UsageError(f"{folder / PLAN} is there already; a test keeps its plan, start another with another name")
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": SCHEMA, "kind": "ab-test", **asdict(plan)}, indent=1, ensure_ascii=False)
    (folder / PLAN).write_text(text + "\n", encoding="utf-8")


def read_plan(folder: Path) -> TestPlan:
    """The plan of a test. Raises UsageError when there is none, or it is of a newer version."""
    try:
        record = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{folder}: no {PLAN} in it; plan a test first: evals ab plan") from None
    except ValueError as error:
        raise UsageError(f"{folder / PLAN}: not valid JSON: {error}") from None
    if record.get("kind") != "ab-test" or record.get("schema", 0) > SCHEMA:
        raise UsageError(f"{folder / PLAN}: not a test plan this program knows; upgrade routing-evals")
    try:
        return TestPlan(**{name: value for name, value in record.items() if name not in ("schema", "kind")})
    except TypeError as error:
        raise UsageError(f"{folder / PLAN}: {error}") from None


def read_outcomes(path: Path, plan: TestPlan) -> list[Outcome]:
    """The outcomes of a test, each request once (its last record). Raises InputError with file:line for every fault.

    A record: `request_id`, `accepted` (true, false or 0..1), and where known `cost_usd` (decimal string), `latency_s`,
    `error` (text or null) and `model`, which must be the one the split gives.
    """
    if not path.exists():
        raise UsageError(
            f"{path}: no outcomes yet; append an object a line, such as "
            '{"request_id": "r-1", "accepted": true, "cost_usd": "0.0012", "latency_s": 0.8, "error": null}'
        )
    problems: list[Problem] = []
    found: dict[str, Outcome] = {}
    for line, record in read_jsonl(path):
        if isinstance(record, Problem):
            problems.append(record)
            continue
        try:
            outcome = _outcome(record, plan)
        except ValueError as error:
            problems.append(Problem(path=str(path), line=line, message=str(error)))
        else:
            found[outcome.request_id] = outcome
    if problems:
        raise InputError(problems)
    return list(found.values())


def _outcome(record: Mapping[str, Any], plan: TestPlan) -> Outcome:
    request_id = record.get("request_id")
    if not isinstance(request_id, str) or not request_id:
        raise ValueError('"request_id" must be a text')
    challenger = goes_to_challenger(request_id, plan.salt, plan.share)
    expected = plan.challenger if challenger else plan.incumbent
    if record.get("model", expected) != expected:
        raise ValueError(f'request "{request_id}" belongs to {expected}, and {record["model"]} answered it')
    error = bool(record.get("error"))
    accepted = 0.0 if error else record.get("accepted")
    if not isinstance(accepted, bool | int | float) or not 0.0 <= accepted <= 1.0:
        raise ValueError('"accepted" must be true, false or a number from 0 to 1')
    latency = record.get("latency_s")
    if latency is not None and (isinstance(latency, bool) or not isinstance(latency, int | float) or latency < 0):
        raise ValueError('"latency_s" must be seconds')
    return Outcome(
        request_id=request_id,
        challenger=challenger,
        accepted=float(accepted),
        error=error,
        cost_usd=_cost(record.get("cost_usd")),
        latency_s=None if latency is None else float(latency),
    )


def _cost(value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError('"cost_usd" must be dollars as a decimal text, such as "0.0021"')
    return amount


# --------------------------------------------------------------------------------------------- reading
def read_test(plan: TestPlan, outcomes: Iterable[Outcome]) -> Reading:
    """What the outcomes say now. It may be asked after every request: the verdict is false in at most 1 - level."""
    sides: tuple[list[Outcome], list[Outcome]] = ([], [])
    for outcome in outcomes:
        sides[outcome.challenger].append(outcome)
    ours, theirs = sides
    arms = _arm(plan.incumbent, ours), _arm(plan.challenger, theirs)
    bounds = both([o.accepted for o in ours], [o.accepted for o in theirs], level=plan.level)
    ratio, ratio_high = _cost_ratio(ours, theirs)
    stop = _guardrail(plan, ours, theirs, ratio)
    value = low = high = None
    if bounds is not None:
        before, new = bounds
        value, low, high = new.value - before.value, new.low - before.high, new.high - before.low
    return Reading(
        arms=arms,
        bounds=bounds or (),
        difference=value,
        low=low,
        high=high,
        cost_ratio=ratio,
        cost_ratio_high=ratio_high,
        stop=stop,
        verdict=_verdict(plan, low, high, ratio_high, stop),
    )


def _arm(model: str, side: Sequence[Outcome]) -> Arm:
    n = len(side)
    costs = [float(outcome.cost_usd) for outcome in side if outcome.cost_usd is not None]
    latencies = sorted(outcome.latency_s for outcome in side if outcome.latency_s is not None)
    return Arm(
        model=model,
        n=n,
        accepted=math.fsum(outcome.accepted for outcome in side) / n if n else None,
        errors=sum(outcome.error for outcome in side) / n if n else None,
        cost_usd=math.fsum(costs) / n if n and len(costs) == n else None,
        p50_s=latencies[len(latencies) // 2] if latencies else None,
    )


def _cost_ratio(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> tuple[float | None, float | None]:
    """Challenger's dollars per accepted answer over the incumbent's, and an upper end (normal, on the logarithm).

    The end lies 4.5 standard errors up: over a thousand looks it is passed in fewer than 0.4 % of tests (1,000 times
    the normal tail).
    """
    sides = [[(float(o.cost_usd), o.accepted) for o in side if o.cost_usd is not None] for side in (theirs, ours)]
    if any(len(known) < max(_COST_FROM, len(side)) for known, side in zip(sides, (theirs, ours), strict=True)):
        return None, None
    logs, variance = [], 0.0
    for side in sides:
        n = len(side)
        cost, accepted = math.fsum(c for c, _ in side) / n, math.fsum(a for _, a in side) / n
        if cost <= 0.0 or accepted <= 0.0:
            return None, None
        logs.append(math.log(cost / accepted))
        variance += math.fsum((c / cost - a / accepted) ** 2 for c, a in side) / (n * (n - 1))
    value = logs[0] - logs[1]
    return math.exp(value), math.exp(value + 4.5 * math.sqrt(variance))


def _guardrail(plan: TestPlan, ours: Sequence[Outcome], theirs: Sequence[Outcome], ratio: float | None) -> str:
    errors = difference([float(o.error) for o in theirs], [float(o.error) for o in ours], level=plan.level)
    if errors is not None and errors[1] > plan.max_errors:
        return f"errors: at least {100 * errors[1]:.1f} points more than {plan.incumbent}"
    if ratio is not None and ratio > plan.max_cost:
        return f"cost: {ratio:.2f} times that of {plan.incumbent} per accepted answer (at most {plan.max_cost:g})"
    return ""


def _verdict(plan: TestPlan, low: float | None, high: float | None, ratio_high: float | None, stop: str) -> str:
    if stop:
        return "stopped"
    if low is None or high is None:
        return "nothing read yet"
    cheaper = ratio_high is not None and ratio_high <= 1.0 - plan.saving
    if low > plan.margin or (cheaper and low > -plan.margin):
        return "promote"
    if high < -plan.margin or (high < plan.margin and ratio_high is not None and ratio_high > 1.0 - plan.saving):
        return "keep"
    return "undecided"


def trial_evidence(plan: TestPlan, reading: Reading, now: datetime) -> Evidence:
    """The test as evidence for `publish`. Raises UsageError while nothing was read."""
    if reading.difference is None or reading.low is None or reading.high is None:
        raise UsageError("the test has no outcomes of both arms yet; there is nothing to publish")
    arms = [
        TrialArm(
            model=arm.model,
            value=arm.accepted or 0.0,
            low=bounds.low,
            high=bounds.high,
            n=arm.n,
            usd_per_accepted=arm.cost_usd / arm.accepted if arm.cost_usd is not None and arm.accepted else None,
        )
        for arm, bounds in zip(reading.arms, reading.bounds, strict=True)
    ]
    trial = Trial(
        arms=tuple(arms),
        cell=plan.cell,
        incumbent=plan.incumbent,
        challenger=plan.challenger,
        difference=reading.difference,
        low=reading.low,
        high=reading.high,
        level=plan.level,
        n=sum(arm.n for arm in reading.arms),
        cost_ratio=reading.cost_ratio,
        cost_ratio_high=reading.cost_ratio_high,
        stopped=reading.stop,
        method="two-arm-betting-grid",
    )
    return Evidence(
        run=plan.name,
        simulated=plan.simulated,
        untrusted=(),
        faults=(),
        notes=("accepted as your own outcome records say; nobody judged the answers here",),
        measured_at=now.isoformat(timespec="seconds"),
        judges={},
        places={},
        pools={},
        asked=(),
        trials=(trial,),
    )
