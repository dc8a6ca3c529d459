"""`--find-best`: rounds of a few prompts each, until one model is left or the prompts are used up.

Each round is a whole session of the same run: its prompts join those of the rounds before, and a model that cannot be
the best any more is asked nothing further, nor are judges asked about it. What is stored decides what comes next, so
that an interrupted search goes on where it stopped and comes to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evals import store
from evals.planning import Prepared, Round, Settings, prepare
from evals.records import Judgment, Plan, Response
from evals.run import STAGES, execute
from evals.score import best_so_far
from evals.session import Watcher

BATCH = 20
"""Prompts of a round: few enough that a model is not asked for long in vain, enough to keep the models busy."""


def find_best(
    settings: Settings,
    folder: Path,
    *,
    env: Mapping[str, str],
    watcher: Watcher,
    command: list[str],
    announce: Callable[[Prepared], None] | None = None,
) -> None:
    """Make the calls of a run that looks for the best model; scoring is a separate step, as with `execute`.

    A round that misses more than `max_missing` of its scores is the last one: taken up again, it asks for them anew.
    Raises what `execute` raises; the folder is resumable after each of them.
    """
    told = _Once(watcher)
    now = _stored_round(folder)
    if now is None:
        now = Round(prompts=BATCH)
        if announce is not None:
            announce(prepare(settings, env=env))  # all that it may come to
    while True:
        execute(settings, folder, env=env, watcher=told, command=command, stages=STAGES, now=now)
        plan = Plan.from_json(store.read_json(folder / store.MANIFEST)["plan"])
        assert plan.cap is not None
        records = store.iter_records(folder / store.JUDGMENTS)
        found = best_so_far(plan, (Judgment.from_json(record) for _, _, record in records))
        asked = len(plan.suites[0].prompt_ids)
        dropped = {**dict.fromkeys((one.model for one in found.eliminated), asked), **plan.dropped}
        due = found.missing + found.scores
        if due and found.missing > settings.max_missing * due:
            return  # to go on would be to guess; the round can be taken up again
        left = ", ".join(found.active)
        told.say(f"after {asked} of at most {plan.cap} prompts: {left}{' is the best' if found.decided else ' left'}")
        if found.decided or asked >= plan.cap:
            break
        now = Round(prompts=asked + BATCH, dropped=dropped)
    if settings.controls:
        last = Round(prompts=asked, dropped=dict(plan.dropped), last=True)
        execute(settings, folder, env=env, watcher=told, command=command, stages=STAGES, now=last)


def _stored_round(folder: Path) -> Round | None:
    """The round that a stored run was in, or None when there is no run yet."""
    if not (folder / store.MANIFEST).is_file():
        return None
    plan = Plan.from_json(store.read_json(folder / store.MANIFEST)["plan"])
    return Round(prompts=len(plan.suites[0].prompt_ids), dropped=dict(plan.dropped))


class _Once:
    """A watcher that hears each piece of news once: every round would tell it again."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._said: set[str] = set()

    def say(self, text: str) -> None:
        """A line of news."""
        if text not in self._said:
            self._said.add(text)
            self._watcher.say(text)

    def start(self, **counts: int) -> None:
        """Calls are about to be made."""
        self._watcher.start(**counts)

    def answered(self, response: Response) -> None:
        """One more answer is stored."""
        self._watcher.answered(response)

    def checked(self, record: Mapping[str, Any]) -> None:
        """The checks of one more answer are stored."""
        self._watcher.checked(record)

    def judged(self, judgment: Judgment) -> None:
        """One more verdict is stored."""
        self._watcher.judged(judgment)

    def finish(self) -> None:
        """No more calls in this round."""
        self._watcher.finish()
