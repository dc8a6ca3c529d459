"""Checks that need no judge: pure readings of an answer, and code run in a sandbox.

    check_answer(prompt, text)                what can be told by reading alone
    await run_checks(prompt, text, sandbox)   all of it; code runs under bubblewrap
    validate_check(record)                    what is wrong with a check in a suite
    is_objective(checks)                      whether passing them means that the result is right

Every check has two readings: strict takes the answer as it stands, loose forgives what a reader would. The forms are
described in `docs/checks.md`.
"""

from evals.checks._code import run_checks
from evals.checks._outcome import CheckResult, readings
from evals.checks._process import Limits
from evals.checks._pure import check_answer
from evals.checks._record import is_objective, needs_sandbox, validate_check
from evals.checks._sandbox import Probe, Sandbox, SandboxError

__all__ = [
    "CheckResult",
    "Limits",
    "Probe",
    "Sandbox",
    "SandboxError",
    "check_answer",
    "is_objective",
    "needs_sandbox",
    "readings",
    "run_checks",
    "validate_check",
]
