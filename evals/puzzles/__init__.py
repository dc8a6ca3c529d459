"""Reasoning problems from templates: one seed gives one battery, and a second solver confirms every answer.

    generate(name, seed, canary)          the generated records of a suite
    write_suite(folder, name, seed)       a whole suite folder

Nine families (`_word`, `_grid`, …) each define a `FAMILY`; `_suite` draws from them.
"""

from evals.puzzles._suite import GENERATED, generate, write_suite

__all__ = ["GENERATED", "generate", "write_suite"]
