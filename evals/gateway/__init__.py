"""The gateway client: one method, `Gateway.complete()`, and behind it everything that can go wrong on the way.

Rate limits, retries, deadlines, fair sharing of slots, money and secrets are decided here and nowhere else.
The `openai` package is imported when a `Gateway` is entered, not when this package is.
"""

from evals.gateway._budget import Budget, BudgetExceeded
from evals.gateway._client import Gateway
from evals.gateway._retry import RetryPolicy

__all__ = ["Budget", "BudgetExceeded", "Gateway", "RetryPolicy"]
