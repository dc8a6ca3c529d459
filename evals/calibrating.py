"""`--calibrate`: the calibrations that a run's judges lack, made on its way and paid from its budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals import calibrate
from evals.library import load_gold, load_suite
from evals.planning import Prepared
from evals.records import Cost, GoldPair, Judgment, Suite
from evals.session import Watcher

Lacking = Sequence[tuple[Suite, str, Sequence[GoldPair]]]
"""Suites and judges without a calibration that holds, each with the gold pairs to measure the judge on."""


def uncalibrated(prepared: Prepared, out: Path) -> Lacking:
    """What a run with `--calibrate` makes first, nothing without. Raises UsageError where gold pairs cannot be read."""
    found: list[tuple[Suite, str, Sequence[GoldPair]]] = []
    if not prepared.settings.calibrate:
        return found
    for spec, suite in zip(prepared.settings.suite, prepared.suites, strict=True):
        for judge in prepared.judges:
            definition = prepared.settings.definition or prepared.definitions[suite.name].name
            facts = {"name": suite.name, "spec": spec}
            if calibrate.find(out, facts, judge, definition, simulated=prepared.simulate).status != "fresh":
                found.append((suite, judge, load_gold(load_suite(spec))))
    return found


class Calibrating:
    """Makes calibrations and keeps account of what they took: {calls, attempts, cost_usd} by `to_json`."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._calls = 0
        self._attempts = 0
        self.cost = Cost()

    def make(self, lacking: Lacking, prepared: Prepared, out: Path, *, env: Mapping[str, str], spent: Decimal) -> None:
        """All that are lacking; `spent` is what the run has paid so far. Raises as `calibrate.calibrate`."""
        spec_of = {suite.name: spec for suite, spec in zip(prepared.suites, prepared.settings.suite, strict=True)}
        for suite, judge, _ in lacking:
            self._watcher.say(f"calibrating {judge} on {suite.name}")
            own = replace(prepared.settings, simulate=prepared.simulate)
            paid = spent + self.cost.known
            calibrate.calibrate(judge, spec_of[suite.name], out=out, settings=own, env=env, told=self, spent=paid)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `run.json`."""
        return {"calls": self._calls, "attempts": self._attempts, **self.cost.to_json()}

    # ----------------------------------------------------------------------------------------- as a watcher
    def say(self, text: str) -> None:
        """A line of news."""
        self._watcher.say(text)

    def start(self, *, answers: int, answers_done: int, verdicts: int, verdicts_done: int) -> None:
        """Calls are about to be made."""
        counts = {"verdicts": verdicts, "verdicts_done": verdicts_done, "checks": 0, "checks_done": 0}
        self._watcher.start(answers=answers, answers_done=answers_done, **counts)

    def judged(self, judgment: Judgment) -> None:
        """One more verdict is stored."""
        self._calls += 1
        self._attempts += judgment.attempts
        self.cost = self.cost + judgment.cost
        self._watcher.judged(judgment)

    def finish(self) -> None:
        """No more calls for this judge."""
        self._watcher.finish()
