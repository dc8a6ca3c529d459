"""Reading what people wrote by hand: strict JSON and JSONL, TOML with line numbers, column maps, base URLs.

Everything here names file and line of what is wrong, and nothing knows what the values are for.
"""
