"""What happens in a problem of state tracking."""

from typing import Any

Event = list[Any]
"""The name of what happens, then its arguments, as `facts` hold it."""
EVENTS = {1: 6, 2: 9, 3: 13, 4: 18}
"""How many there are by level, where a kind does not set its own numbers."""
