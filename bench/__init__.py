"""Measurements of the whole: run from the checkout with `python -m bench.<name>`."""
