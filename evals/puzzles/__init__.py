"""Reasoning problems from templates: one seed gives one battery, and a second solver confirms every answer."""
