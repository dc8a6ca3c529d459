"""Control arms: answers that deserve nothing, put up against a run's weakest answers to see whether the judge is led.

Against whom each arm stands follows from the plan and the records alone, so that a resume, and a later scoring, come to
the same choice: seeded prompts, spread over suites and categories, each with the answer that scored lowest on it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.records import CONTROL_PREFIX, Judgment, Plan
from evals.score._intervals import LEVEL
from evals.stats import control_arm, same_answer_arm

ARMS = ("null", "master-key", "injection-zh", "injection-en", "same")
SAME = "same"
"""The arm that shows one answer twice: what it measures is the pull of the first place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opponent:
    """A stored answer that the control answers are put up against, and the judge planned for its model."""

    suite: str
    prompt_id: str
    model: str
    judge: str


def choose_opponents(plan: Plan, weakest: Callable[[str, str], str | None]) -> list[Opponent]:
    """`plan.controls` prompts with their weakest answer; fewer when there are not enough with an answer.

    `weakest` names the model with the lowest score among those that answered a prompt, or None.
    """
    judge_of = {name: pair.judges[0] for pair in reversed(plan.pairs) for name in (pair.first, pair.second)}
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for planned in plan.suites:
        for prompt_id, category in zip(planned.prompt_ids, planned.categories, strict=True):
            groups.setdefault((planned.name, category), []).append((planned.name, prompt_id))
    for inside in groups.values():
        inside.sort(key=lambda place: _draw(plan.seed, *place))
    # one from each group in turn, the groups in a seeded order
    queues = sorted(groups.items(), key=lambda item: _draw(plan.seed, *item[0]))
    opponents: list[Opponent] = []
    for turn in range(max(map(len, groups.values()), default=0)):
        for _, inside in queues:
            if turn < len(inside) and len(opponents) < plan.controls:
                model = weakest(*inside[turn])
                if model is not None and model in judge_of:
                    suite, prompt_id = inside[turn]
                    opponents.append(Opponent(suite=suite, prompt_id=prompt_id, model=model, judge=judge_of[model]))
    return opponents


def _draw(seed: int, *names: str) -> str:
    return hashlib.sha256("\x1f".join([str(seed), *names]).encode()).hexdigest()


def control_rows(opponents: Sequence[Opponent], judgments: Sequence[Judgment]) -> list[dict[str, Any]]:
    """`controls[]`: per arm its rate over prompts, how many were planned and judged, and whether it is red.

    A prompt counts when both orders were read. `win_rate` is the control's share of the wins; for the arm "same" it is
    the share that went to the answer shown first.
    """
    values: dict[tuple[str, str, str, str, bool], float] = {}
    for record in judgments:
        control_first = record.first.startswith(CONTROL_PREFIX)
        control, model = (record.first, record.second) if control_first else (record.second or "", record.first)
        if record.value is not None and model is not None:
            arm = control.removeprefix(CONTROL_PREFIX)
            values[arm, record.suite, record.prompt_id, model, control_first] = record.value
    rows = []
    for arm in ARMS:
        scores = [score for one in opponents if (score := _score(arm, one, values)) is not None]
        found = same_answer_arm(scores, level=LEVEL) if arm == SAME else control_arm(scores, level=LEVEL)
        rows.append(
            {
                "arm": arm,
                "win_rate": None if found.rate is None else asdict(found.rate),
                "limit": found.limit,
                "planned": len(opponents),
                "judged": len(scores),
                "red": found.red,
            }
        )
    return rows


def _score(arm: str, one: Opponent, values: Mapping[tuple[str, str, str, str, bool], float]) -> float | None:
    first = values.get((arm, one.suite, one.prompt_id, one.model, True))
    second = values.get((arm, one.suite, one.prompt_id, one.model, False))
    if first is None or second is None:
        return None
    return math.fsum((first, second if arm == SAME else 1.0 - second)) / 2
