"""`> [!NOTE]` -> a callout: GitHub's five kinds, read by markdown-it-py, in class names of ours."""

from __future__ import annotations

from markdown_it.rules_core import StateCore


def callouts(state: StateCore) -> None:
    """Name the classes `callout callout-note` and `callout-title`."""
    for token in state.tokens:
        if token.type == "alert_open":
            token.attrs["class"] = f"callout callout-{str(token.meta['kind']).lower()}"
        elif token.type == "alert_title_open":
            token.attrs["class"] = "callout-title"
