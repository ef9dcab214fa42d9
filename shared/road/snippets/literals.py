"""Text as a literal of a language: nothing in it can end the literal, and it is plain ASCII, so nothing can hide in it."""

import json
import shlex
from collections.abc import Callable

from shared.road.snippets.models import Language


def _python(text: str) -> str:
    # JSON's pairs of surrogates are two characters to Python
    return json.dumps(text) if text.isascii() else ascii(text)


def _bash(text: str) -> str:
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(_bash_character(each) for each in text.encode("utf-8", "replace")) + "'"


def _bash_character(byte: int) -> str:
    character = chr(byte)
    return character if character.isascii() and (character.isalnum() or character in " .,:/-_") else f"\\x{byte:02x}"


_WRITERS: dict[Language, Callable[[str], str]] = {
    Language.PYTHON: _python,
    Language.CSHARP: json.dumps,
    Language.JAVASCRIPT: json.dumps,
    Language.JAVA: json.dumps,
    Language.CURL: _bash,
}


def literal(language: Language, text: str) -> str:
    """The literal of this text.

    C#, JavaScript and Java read every string that JSON writes in ASCII (ECMA-334 6.4.5.6; ECMA-262 12.9.4; JLS 3.3, 3.10.5).
    """
    return _WRITERS[language](text)


def nothing(language: Language) -> str:
    """How the language says that there is no text."""
    return {Language.PYTHON: "None", Language.CURL: "''"}.get(language, "null")
