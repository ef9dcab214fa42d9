"""The blanks of a template, filled: each with a literal or an expression of its language, never with bare text."""

import json
import re
from functools import cache
from pathlib import Path

from shared.models import Account, Deployment
from shared.road.snippets.advice import SCOPE, hint
from shared.road.snippets.examples import example
from shared.road.snippets.literals import literal, nothing
from shared.road.snippets.models import Choice, Client, Language
from shared.road.snippets.offers import chat_url, endpoint, has_models

_TEMPLATES = Path(__file__).parent / "templates"
_BLANK = re.compile(r"%%(\w+)%%")
_SUFFIXES = {
    Language.PYTHON: "py",
    Language.CSHARP: "cs",
    Language.JAVASCRIPT: "mjs",
    Language.JAVA: "java",
    Language.CURL: "sh",
}
_VARIABLE = "AZURE_AI_DEPLOYMENT"
_MISSING = f"Set {_VARIABLE} to the name of a deployment."
_FROM_ENVIRONMENT = {
    Language.PYTHON: f'os.environ.get("{_VARIABLE}") or sys.exit("{_MISSING}")',
    Language.CSHARP: f'Environment.GetEnvironmentVariable("{_VARIABLE}")\n'
    f'    ?? throw new InvalidOperationException("{_MISSING}")',
    Language.JAVASCRIPT: f'process.env.{_VARIABLE} || fail("{_MISSING}")',
    Language.JAVA: f'java.util.Optional.ofNullable(System.getenv("{_VARIABLE}"))\n'
    f'            .orElseThrow(() -> new IllegalStateException("{_MISSING}"))',
    Language.CURL: f'"${{{_VARIABLE}:?{_MISSING}}}"',
}
_QUESTION = "Why is the sky blue?"


def file_name(language: Language) -> str:
    """What the program is to be saved as; Java wants the name of its class."""
    return f"{'Ask' if language is Language.JAVA else 'ask'}.{_SUFFIXES[language]}"


def write(account: Account, choice: Choice, deployment: Deployment | None) -> str:
    """The whole program."""
    blanks = _blanks(account, choice, deployment)
    template = _template(_name(account, choice.client), choice.language)
    return _BLANK.sub(lambda found: blanks[found[1]], template)


def _name(account: Account, client: Client) -> str:
    return "rest-chat" if client is Client.REST and has_models(account) else str(client)


@cache
def _template(name: str, language: Language) -> str:
    return (_TEMPLATES / f"{name}.{_SUFFIXES[language]}.txt").read_text()


def _blanks(account: Account, choice: Choice, deployment: Deployment | None) -> dict[str, str]:
    language = choice.language
    texts = {
        "endpoint": endpoint(account, choice.client),
        "scope": SCOPE,
        "resource": SCOPE.removesuffix("/.default"),
        "hint": hint(account),
        "question": _QUESTION,
    }
    return {
        **{name: literal(language, text) for name, text in texts.items()},
        "credential": _template("credential", language).rstrip("\n"),
        **(_of_chat(account, language, deployment) if has_models(account) else _of_example(account, language)),
    }


def _of_chat(account: Account, language: Language, deployment: Deployment | None) -> dict[str, str]:
    found = {
        "url": literal(language, chat_url(account)),
        "deployment": literal(language, deployment.name) if deployment else _FROM_ENVIRONMENT[language],
    }
    return found | ({"chat": _chat_in_bash(deployment)} if language is Language.CURL else {})


def _chat_in_bash(deployment: Deployment | None) -> str:
    body = json.dumps(
        {"model": deployment.name if deployment else "", "messages": [{"role": "user", "content": _QUESTION}]}
    )
    if deployment:
        return literal(Language.CURL, body)
    before, after = body.split('""', 1)
    variable = _FROM_ENVIRONMENT[Language.CURL]
    return f"{literal(Language.CURL, f'{before}"')}{variable}{literal(Language.CURL, f'"{after}')}"


def _of_example(account: Account, language: Language) -> dict[str, str]:
    call = example(account.kind)
    if call is None:
        return {}
    return {
        "url": literal(language, endpoint(account, Client.REST) + call.path),
        "method": literal(language, call.method),
        "body": nothing(language) if call.body is None else literal(language, call.body),
    }
