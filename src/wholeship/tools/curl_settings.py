"""Files that tell every `curl` of a user what to do (curl's manual, "--config"): where a script writes one.

What such a file asks for can be anything, a deletion too. Lines that only say how to ask are left alone.
"""

from __future__ import annotations

from collections.abc import Callable

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import Value

FOLDER = "CURL_HOME"
"""The variable that names the folder of the file."""
_FILE = lazy_pattern(rf"[._]curlrc\b|\bcurlrc\b|\b{FOLDER}\b")
_ASKED = lazy_pattern(
    r"DELETE|\brequest\b|(?<![\w-])-\w*[XKTF]|\b(?:url|config|data|json|form|upload-file|next)\b"
    rf"|^\s*(?:cp|mv|ln|install|curl|wget|base64|openssl)\b|\$\(|(?<!<)<(?!<)\s*\S|\$\w|\b{FOLDER}\b",
)
"""What says, or may say, which request is made; a line without any of it only says how."""


def told_to_curl(text: str, variable: Callable[[str], Value | None]) -> str:
    """What in the script *text* no reader can see of each `curl`, in words; empty where there is nothing.

    *variable*: what stands in the environment of the script.
    """
    if "curl" in text and variable(FOLDER) is not None:
        return f"what {FOLDER} tells curl to ask for"
    if not _FILE.search(text):
        return ""
    lines = text.replace("\\\n", " ").splitlines()
    first = next(at for at, line in enumerate(lines) if _FILE.search(line))
    written = [_FILE.sub("", lines[first].replace("$HOME", "~")), *_block(lines, first)]
    asked = any(_ASKED.search(_HOW.sub("", line)) for line in written)
    return "what .curlrc tells curl to ask for" if asked else ""


_HOW = lazy_pattern(r"(?<![\w])(?:header|user|proxy-user|oauth2-bearer|proxy)\b[^\n]*")
"""Who asks, and by which way: variables in it change nothing of what is asked for."""


def _block(lines: list[str], at: int) -> list[str]:
    """The lines of a block that is written at *at*: a document behind ``<<``, or all before a ``}``."""
    end = _HERE.search(lines[at])
    if end is not None:
        rest = lines[at + 1 :]
        return rest[: rest.index(end[1])] if end[1] in rest else rest
    return lines[:at] if lines[at].lstrip().startswith(("}", ")", "done")) else []


_HERE = lazy_pattern(r"<<-?\s*['\"]?(\w+)")
