"""In what state a channel sends personal data: clear, masked, or encrypted in one of the platforms' forms."""

from __future__ import annotations

import re

from entrepot.kernel.facts import Pii

_CIPHERS = (
    (re.compile(r"^\$\$.+\$\d+\$\$$", re.S), "douyin"),
    (re.compile(r"^##.+#\d+##$", re.S), "douyin"),
    (re.compile(r"^AAS/.+", re.S), "jd"),
    (re.compile(r"^\$[^$]+\$\d+\$$", re.S), "youzan"),
    (re.compile(r"^~.+~.+~\d+~$", re.S), "pinduoduo"),
)


def personal(raw: str) -> Pii:
    """Tell the state of personal data: cipher by its form, masked by its asterisks, else clear."""
    for form, scheme in _CIPHERS:
        if form.match(raw):
            return {"state": "cipher", "value": raw, "scheme": scheme}
    return {"state": "masked" if "*" in raw else "clear", "value": raw}
