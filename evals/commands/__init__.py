"""Commands that are more than one call: their arguments, and what they print. One module a command."""
