"""Where everything a plan names stands in the tables of numbers."""

from __future__ import annotations

from evals.records import CONTROL_PREFIX, Plan


def is_control(name: str | None) -> bool:
    """True for the name of a control arm."""
    return name is not None and name.startswith(CONTROL_PREFIX)


class Places:
    """Names to numbers. Raises ValueError when the plan names a prompt, a model or a pair twice.

    `family` numbers each prompt's family; None when every prompt is its own.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.models = [model for model in plan.models if not is_control(model)]
        self.pairs = [pair for pair in plan.pairs if not (is_control(pair.first) or is_control(pair.second))]
        paired = {name for pair in self.pairs for name in (pair.first, pair.second)}
        self.pool = [model for model in self.models if model in paired]
        self.prompts = 0
        self.suites: dict[str, range] = {}
        self.prompt: dict[str, dict[str, int]] = {}
        for suite in plan.suites:
            self.suites[suite.name] = range(self.prompts, self.prompts + len(suite.prompt_ids))
            self.prompt[suite.name] = {prompt_id: self.prompts + n for n, prompt_id in enumerate(suite.prompt_ids)}
            self.prompts += len(suite.prompt_ids)
        self.pair: dict[tuple[str, str], tuple[int, bool]] = {}
        for number, pair in enumerate(self.pairs):
            self.pair[pair.first, pair.second] = number, False
            self.pair[pair.second, pair.first] = number, True
        self.judge = [{judge: n for n, judge in enumerate(pair.judges)} for pair in self.pairs]
        self.model = {model: number for number, model in enumerate(self.models)}
        self.family = _families(plan)
        if sum(map(len, self.prompt.values())) != self.prompts or len(self.suites) != len(plan.suites):
            raise ValueError("the plan names a prompt or a suite twice")
        if len(self.pair) != 2 * len(self.pairs) or len(self.model) != len(self.models):
            raise ValueError("the plan names a pair or a model twice, or a model against itself")
        if not paired <= self.model.keys():
            raise ValueError(f"the plan pairs models it does not list: {', '.join(sorted(paired - self.model.keys()))}")

    def of_model(self, model: str) -> list[tuple[int, bool]]:
        """The pairs a model stands in, and whether it is their first side."""
        return [(n, pair.first == model) for n, pair in enumerate(self.pairs) if model in (pair.first, pair.second)]

    def families(self, prompts: list[int]) -> list[int] | None:
        """The family of each of these prompts, None when the plan knows no families."""
        return None if self.family is None else [self.family[prompt] for prompt in prompts]


def _families(plan: Plan) -> list[int] | None:
    """A number for each prompt: one for all of a suite's prompts of one named family, else its own."""
    if not any(suite.families for suite in plan.suites):
        return None
    numbers: dict[tuple[str, str], int] = {}
    found: list[int] = []
    for suite in plan.suites:
        names = suite.families or ("",) * len(suite.prompt_ids)
        for prompt_id, name in zip(suite.prompt_ids, names, strict=True):
            key = (suite.name, f"family {name}" if name else f"prompt {prompt_id}")
            found.append(numbers.setdefault(key, len(numbers)))
    return found
