"""Makes a candidate's text harmless for the judge: in the judge's copy only, and so that a reader still sees it.

Marks that a chat template, a judge prompt or a verdict parser could take for its own are replaced by look-alike
characters. The verdict itself is bound to the request's code (see `_verdict`), so this is the second line of defence.
"""

from __future__ import annotations

import re

LONGEST = 40_000
"""Characters of an answer that a judge is shown; the rest is cut with a note, so that no answer floods the context."""

# Zero-width spaces and direction overrides hide text from the eye or glue broken marks together again.
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
# Every mark starts with one of six brackets: as a leading character class it lets the scan skip all other text quickly.
_MARKS = re.compile(
    r"""
    [<\[［{｛]
    (?:
      (?<=<)(?:
          [|｜][^<>\n]{0,80}?[|｜]>                                               # <|im_end|>, <｜User｜>
        | /?(?i:s|think|thinking|bos|eos|pad|sop|eop|unk|tool_call|tool_response|start_of_turn|end_of_turn)>
        | <\s*/?\s*(?i:SYS)\s*>>                                                 # <<SYS>>
        | <<+(?=\s*(?i:(?:END\s+)?(?:QUESTION|ANSWER|REFERENCE|DIMENSIONS|CRITERIA)\b))  # our own delimiters
      )
    | (?<=[\[［])(?:
          /?(?i:INST|gMASK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]
        | \s*[\[［][^\[\]［］\n]{1,24}[\]］]\s*[\]］]                               # [[A]], [[A>>B]], ［［A］］
      )
    | (?<=[{｛])(?=\s*["'“”＂]?(?i:winner|verdict|preference)["'“”＂]?\s*[:：])       # {"winner": "1"}
    | (?<=[{｛])(?=\s*["'“”＂]?(?i:scores)["'“”＂]?\s*[:：]\s*[{｛])                  # {"scores": {"accuracy": 10}
    | (?<=[{｛])(?=\s*["'“”＂]?(?i:met)["'“”＂]?\s*[:：]\s*[\[［])                     # {"met": [true, true]
    )
    """,
    re.VERBOSE,
)
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "[": "⁅", "]": "⁆", "［": "⁅", "］": "⁆", "{": "❴", "｛": "❴"})


def make_inert(text: str) -> str:
    """The judge's copy of a candidate's text: same words, no mark that anything downstream could obey."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n… [{len(text) - LONGEST} more characters are not shown]"
    text = _INVISIBLE.sub("", text)
    return _MARKS.sub(lambda mark: mark.group().translate(_LOOKALIKES), text)
