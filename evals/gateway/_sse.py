"""Server-sent events to outcome: a stream is an answer only when it says how it ended."""

from __future__ import annotations

from typing import Any

from evals.gateway._wire import Parts, Reading, Unreadable, classify, load, name, raise_host_error, take_message

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


class EventStream:
    """Collects the chunks of a streamed reply. `feed` raises Unreadable or HostError, `reading` raises Unreadable.

    Works on bytes and decodes whole events only, so a character cut between two chunks is never damaged.
    """

    def __init__(self) -> None:
        self.done = False
        """True after `[DONE]`; what follows is not read."""
        self.started = False
        """True once a first piece of text or thought has arrived."""
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._pieces: dict[str, list[str]] = {key: [] for key in ("text", "reasoning", "refusal")}
        self._parts = Parts()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, wherever they were cut."""
        if self.done:
            return
        if b"\n" not in chunk:
            self._rest += chunk
            return
        *lines, rest = (bytes(self._rest) + chunk).split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            if self._ends_with(line.removesuffix(b"\r")):
                return

    def reading(self, *, max_tokens: int) -> Reading:
        """The whole answer. A stream without a finish_reason was cut, `[DONE]` or not, and is never an answer."""
        if not self.done:
            for line in (*bytes(self._rest).split(b"\n"), b""):
                self._ends_with(line.removesuffix(b"\r"))
        parts = self._parts
        if parts.finish_reason is None:
            raise Unreadable("the stream was cut: it ended without a finish_reason")
        parts.text, parts.reasoning, parts.refusal = ("".join(pieces) for pieces in self._pieces.values())
        return classify(parts, max_tokens=max_tokens)

    def _ends_with(self, line: bytes) -> bool:
        """Take one line; True when the stream is over."""
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            self._event(data)
        # comments (":"), "event:", "id:" and "retry:" carry nothing: an error event has its error in its data
        return self.done

    def _event(self, data: bytes) -> None:
        if data.strip() == b"[DONE]":
            self.done = True
            return
        event = load(data)
        if not isinstance(event, dict):
            raise Unreadable("an event of the stream is not a JSON object")
        raise_host_error(event)
        parts = self._parts
        parts.model = event.get("model") or parts.model
        parts.fingerprint = event.get("system_fingerprint") or parts.fingerprint
        parts.usage = event.get("usage") or parts.usage
        choices = event.get("choices")
        # chunks without choices carry usage only
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            self._choice(choices[0])

    def _choice(self, choice: dict[str, Any]) -> None:
        if choice.get("index") not in (0, None):
            return
        delta = choice.get("delta")
        if isinstance(delta, dict):
            self._delta(delta)
        self._parts.finish_reason = name(choice.get("finish_reason")) or self._parts.finish_reason

    def _delta(self, delta: dict[str, Any]) -> None:
        content = delta.get("content")
        if isinstance(content, str) and not (delta.get("reasoning_content") or delta.get("reasoning")):
            self._pieces["text"].append(content)
            self.started = self.started or bool(content)
        elif any(delta.get(key) for key in _TEXTS):
            self._take(delta)
        if isinstance(delta.get("refusal"), str):
            self._pieces["refusal"].append(delta["refusal"])

    def _take(self, delta: dict[str, Any]) -> None:
        piece = Parts()
        take_message(piece, {key: value for key, value in delta.items() if key != "refusal"})
        self._pieces["text"].append(piece.text)
        self._pieces["reasoning"].append(piece.reasoning)
        self.started = self.started or bool(piece.text or piece.reasoning)
