"""Progress on stderr: two bars, one for answers and one for verdicts, and lines of news above them."""

from __future__ import annotations

import sys
from typing import Any

from evals.records import NO_ANSWER_JUDGE, Judgment, Response


class Bars:
    """Shows a run's progress with tqdm; quiet shows nothing but news that matters."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._answers: Any = None
        self._verdicts: Any = None
        self._failed = 0
        self._unread = 0

    def say(self, text: str) -> None:
        """Print a line without tearing the bars."""
        if self._answers is not None:
            self._answers.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def start(self, *, answers: int, answers_done: int, verdicts: int, verdicts_done: int) -> None:
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

    def answered(self, response: Response) -> None:
        """Count one answer."""
        if response.completion.status == "error":
            self._failed += 1
            self._answers.set_postfix_str(f"{self._failed} failed", refresh=False)
        self._answers.update()

    def judged(self, judgment: Judgment) -> None:
        """Count one verdict, by a judge or by rule."""
        if self._verdicts is None:
            return
        if judgment.status != "ok" and judgment.judge != NO_ANSWER_JUDGE:
            self._unread += 1
            self._verdicts.set_postfix_str(f"{self._unread} unread", refresh=False)
        self._verdicts.update()

    def finish(self) -> None:
        """Close the bars."""
        for bar in (self._answers, self._verdicts):
            if bar is not None:
                bar.close()
        self._answers = self._verdicts = None
