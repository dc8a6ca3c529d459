"""Progress on stderr: two bars, one for answers and one for verdicts, and lines of news above them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from evals.records import RULE_PREFIX, Judgment, Response
from evals.report import visible


class Bars:
    """Shows a run's progress with tqdm; quiet shows nothing but news that matters."""

    def __init__(self, *, quiet: bool) -> None:
        self.failed = 0
        """Answers whose call failed since this start of the program; they are missing and asked again on resume."""
        self._quiet = quiet
        self._answers: Any = None
        self._verdicts: Any = None
        self._checks: Any = None
        self._unread = 0
        self._troubles = Counter[tuple[str, str]]()
        self._reasons: dict[tuple[str, str], str] = {}

    def say(self, text: str) -> None:
        """Print a line without tearing the bars."""
        if self._answers is not None:
            self._answers.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def start(
        self,
        *,
        answers: int,
        answers_done: int,
        verdicts: int,
        verdicts_done: int,
        checks: int = 0,
        checks_done: int = 0,
    ) -> None:
        """Open the bars; what was stored before counts as done and costs no time."""
        from tqdm import tqdm

        def bar(label: str, total: int, done: int, place: int) -> Any:
            return tqdm(
                total=total,
                initial=done,
                desc=label,
                position=place,
                unit="",
                file=sys.stderr,
                disable=self._quiet or total == 0,
                dynamic_ncols=True,
                bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]",
            )

        self._answers = bar("answers ", answers, answers_done, 0)
        self._verdicts = bar("verdicts", verdicts, verdicts_done, 1)
        self._checks = bar("checks  ", checks, checks_done, 2)

    def answered(self, response: Response) -> None:
        """Count one answer."""
        if response.completion.status == "error":
            self.failed += 1
            self._note(response.model, "answers failed", response.completion.error)
            self._answers.set_postfix_str(f"{self.failed} failed", refresh=False)
        self._answers.update()

    def checked(self, _: Mapping[str, Any]) -> None:
        """Count one answer that was checked."""
        if self._checks is not None:
            self._checks.update()

    def judged(self, judgment: Judgment) -> None:
        """Count one verdict, by a judge or by rule."""
        if self._verdicts is None:
            return
        if judgment.status != "ok" and not judgment.judge.startswith(RULE_PREFIX):
            self._unread += 1
            what = "verdicts failed" if judgment.status == "error" else f"verdicts {judgment.status}"
            self._note(judgment.judge, what, judgment.error)
            self._verdicts.set_postfix_str(f"{self._unread} unread", refresh=False)
        self._verdicts.update()

    def finish(self) -> None:
        """Close the bars, and say of each model what went wrong, how often, and why the first time."""
        for bar in (self._answers, self._verdicts, self._checks):
            if bar is not None:
                bar.close()
        self._answers = self._verdicts = self._checks = None
        for (model, what), count in self._troubles.items():
            self.say(visible(f"{model}: {count} {what}; the first: {self._reasons[model, what]}"))
        self._troubles.clear()

    def _note(self, model: str, what: str, reason: str | None) -> None:
        self._troubles[model, what] += 1
        self._reasons.setdefault((model, what), (reason or "no reason given")[:300])
