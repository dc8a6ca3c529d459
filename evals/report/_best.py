"""What a run that looked for the best model found, in words."""

from __future__ import annotations

from evals.report._view import View


def best_sentence(view: View) -> str:
    """Who is best, after how many prompts, who was dropped when, and what was saved; "" for any other run."""
    best = view.best
    if best is None:
        return ""
    certain = f"{100 * (1 - best['alpha']):g} %"
    looks, cap = best["looks"], best["cap"]
    if best["decided"]:
        text = f"{best['best']} is the best, found after {looks} of at most {cap} prompts ({certain} certain)"
    else:
        left = ", ".join(best["active"])
        text = f"undecided after {looks} of at most {cap} prompts: {left} may each be the best, {best['leader']} leads"
    dropped = ", ".join(f"{one['model']} after {one['look']}" for one in best["eliminated"])
    if dropped:
        text += f"; dropped: {dropped}"
    answers = f"{best['answers']:,} of {best['answers_of_fixed']:,} answers"
    return f"{text}; it took {answers} and {best['pairs']:,} of {best['pairs_of_fixed']:,} judged pairs of a fixed plan"


SEQUENCE = "betting-grid"
"""The method of an interval that holds whenever one looks."""

NOTE = (
    "The run stopped by what it saw, so the interval of every win rate is a confidence sequence (CS): it holds whenever"
    " one looks, and is wider than one for a fixed number of prompts; checks and judges have intervals of the usual"
    " kind. Whoever was dropped early was measured on those prompts, and without a baseline on those opponents, alone;"
    " the search is sure only where the best model is best among every part of the models"
)
"""Stands under every figure of such a run."""
