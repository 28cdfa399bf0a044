"""The stages before a medium is made; a language model does them in earnest, a line of text does here."""

from __future__ import annotations


def translate(prompt: str) -> str:
    return f"{prompt} (English)"


def check_safety(text: str) -> dict[str, object]:
    return {"safe": True, "characters": len(text)}


def intercept(text: str) -> str:
    return f"{text}, seen by someone who has never been at sea"
