"""Reasoning problems from templates: one seed gives one battery, and a second solver confirms every answer.

    generate(name, seed, canary)          the generated records of a suite
    write_suite(folder, name, seed)       a whole suite folder

A folder is a family and exposes its `FAMILY`: `word`, `grid`, `calendar`, `counting`, `order`, `state`, `rule`, `plan`
(the category "planning") and `missing`. A file in it is one kind, named as in the tags of its records; or `_make` (the
puzzle), `_solve` (the second way to the answer, by other means), `_en` and `_zh` (the words of one language).

What families share, from below: `_family` (what a puzzle is), `_words` (numbers and lists as people write them),
`_ending` (the last line and its checks), `_kinds` (families made of kinds), `_deduce` (which item stands where, for
`grid` and `order`). `_suite` deals puzzles into batteries.
"""

from evals.puzzles._suite import GENERATED, generate, write_suite

__all__ = ["GENERATED", "generate", "write_suite"]
