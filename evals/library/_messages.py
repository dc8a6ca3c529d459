"""The messages and the checks of a prompt: what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evals.reading.strict import clip, type_name

ROLES = ("system", "user", "assistant")
_KEYS = frozenset(("role", "content"))


def messages_fault(messages: Sequence[Any]) -> str | None:
    """What is wrong with a list of chat messages, or None. The last one must be the user's, as it is to be answered."""
    if not messages:
        return "messages: the list is empty"
    for position, message in enumerate(messages):
        if not isinstance(message, dict):
            return f"messages[{position}] must be an object, not {type_name(message)}"
        if message.keys() != _KEYS:
            return f'messages[{position}] must have exactly the keys "role" and "content"'
        if message["role"] not in ROLES:
            return f'messages[{position}]: "role" must be one of {", ".join(ROLES)}, not {clip(str(message["role"]))}'
        if fault := _content_fault(message["content"]):
            return f"messages[{position}]: {fault}"
    if messages[-1]["role"] != "user":
        return "messages: the last one must be the user's; it is the one to be answered"
    return None


def _content_fault(content: Any) -> str | None:
    if isinstance(content, str):
        return None if content.strip() else "empty prompt"
    if not isinstance(content, list) or not content:
        return f'"content" must be a text or a list of parts, not {type_name(content)}'
    for part in content:
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            return 'each part of "content" must be an object with a "type"'
        if part["type"] == "text" and not (isinstance(part.get("text"), str) and part["text"].strip()):
            return "empty prompt"
        if part["type"] == "image_url" and not isinstance((part.get("image_url") or {}).get("url"), str):
            return 'an image part needs {"image_url": {"url": …}}'
    return None


def check_faults(checks: Sequence[Any]) -> list[str]:
    """What is wrong with a list of checks, each with its place."""
    if not checks:
        return []
    from evals.checks import validate_check  # its tables of characters are read only where a suite has checks

    found = [(number, validate_check(check)) for number, check in enumerate(checks)]
    return [f"checks[{number}]: {fault}" for number, fault in found if fault]
