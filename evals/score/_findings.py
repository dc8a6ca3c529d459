"""What a run says of its judges: corrected by people, as a panel, and where they lean."""

from __future__ import annotations

from typing import Any

from evals.score._biases import Facts, Length, bias_table
from evals.score._corrected import add_corrections
from evals.score._each import Each
from evals.score._panel import panel_table
from evals.score._verbosity import Verbosity
from evals.stats import Folded


def add_findings(
    result: dict[str, Any], each: Each, folded: Folded, length: Length, verbosity: Verbosity, facts: Facts
) -> None:
    """Adds `corrected` to pairs with labels, `panel` where pairs have several judges, and `biases`."""
    places = each.places
    add_corrections(result["pairs"], each, folded, range(places.prompts))
    for entry in result["suites"]:
        add_corrections(entry["pairs"], each, folded, places.suites[entry["suite"]])
    panel = panel_table(each)
    if panel is not None:
        result["panel"] = panel
    chinese = verbosity.entry(places.models)
    result["biases"] = [*bias_table(each, folded, length, facts), *([] if chinese is None else [chinese])]
