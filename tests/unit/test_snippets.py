"""Snippets: what is offered for which account, and that every one of them can be read by its language."""

import ast
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import PermanentError
from shared.models import Account, Deployment
from shared.road.snippets.literals import literal
from shared.road.snippets.models import Choice, Client, Language, Snippet
from shared.road.snippets.snippet import choices, first_fitting, snippet
from tests.unit.builders import account

ROOT = Path(__file__).parent.parent.parent
MODELS = ("AIServices", "OpenAI")
CLASSIC = (
    "CognitiveServices", "ComputerVision", "ContentSafety", "ConversationalLanguageUnderstanding", "Face", "FormRecognizer",
    "SpeechServices", "TextAnalytics", "TextTranslation",
)  # fmt: skip
GPT = Deployment("gpt", "gpt-4o", "OpenAI", abilities=("chatCompletion", "responses"))
LLAMA = Deployment("llama", "Llama-3.3-70B-Instruct", "Meta", abilities=("chatCompletion",))
NAMES = st.text(min_size=1, max_size=20) | st.text("\"'`$\\{}%()<>;&|!#*/\n\r\u2028 ux0", min_size=1, max_size=20)
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
BRACKETS = {")": "(", "]": "[", "}": "{"}


def every_choice() -> list[tuple[Account, Choice, Deployment | None]]:
    made = [(replace(account(), kind=kind), each) for kind in MODELS + CLASSIC for each in choices(account(kind=kind))]
    return [(of, each, model) for of, each in made for model in ((None, GPT) if of.kind in MODELS else (None,))]


def write(of: Account, choice: Choice, deployment: Deployment | None = None) -> Snippet:
    return snippet(of, language=choice.language, client=choice.client, deployment=deployment)


def every_snippet(language: Language) -> list[Snippet]:
    return [write(of, each, model) for of, each, model in every_choice() if each.language is language]


def saved(folder: Path, snippets: list[Snippet]) -> list[Path]:
    """Each in a folder of its own, under the name that it asks for."""
    paths = [folder / str(number) / each.file_name for number, each in enumerate(snippets)]
    for path, each in zip(paths, snippets, strict=True):
        path.parent.mkdir()
        path.write_text(each.code)
    return paths


def read_by(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def outside_texts(code: str) -> str:
    return TEXT.sub('""', code)


def unbalanced(code: str) -> str:
    """What is open at the end of the code, its texts and comments left out."""
    bare = re.sub(r"//[^\n]*|/\*.*?\*/", "", outside_texts(code), flags=re.DOTALL)
    still_open: list[str] = []
    for each in bare:
        if each in BRACKETS.values():
            still_open.append(each)
        elif each in BRACKETS and (not still_open or still_open.pop() != BRACKETS[each]):
            return each
    return "".join(still_open)


# Every choice can be read


def test_every_blank_is_filled_and_nothing_is_about_keys() -> None:
    assert len(every_choice()) > 80
    for of, choice, model in every_choice():
        code = write(of, choice, model).code
        assert "%%" not in code, (of.kind, choice)
        assert not re.search(r"api-key|AzureKeyCredential|subscription-key|DefaultAzureCredential", code, re.IGNORECASE)
        assert "://chat." in code


def test_python_compiles_without_an_unused_import() -> None:
    for each in every_snippet(Language.PYTHON):
        tree = ast.parse(each.code)
        imported = {name.asname or name.name for node in tree.body for name in getattr(node, "names", ())}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert imported <= used, imported - used


def test_bash_reads_the_calls_by_curl_and_their_bodies_are_json(tmp_path: Path) -> None:
    snippets = every_snippet(Language.CURL)
    for path in saved(tmp_path, snippets):
        read_by("bash", "-n", path)
    for each in snippets:
        words = shlex.split(each.code, comments=True)
        body = next(word.partition("=")[2] for word in words if word.startswith("body="))
        assert not body or json.loads(re.sub(r"\$\{[^}]+\}", "gpt", body))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_reads_the_javascript(tmp_path: Path) -> None:
    for path in saved(tmp_path, every_snippet(Language.JAVASCRIPT)):
        read_by("node", "--check", path)


@pytest.mark.parametrize("language", [Language.CSHARP, Language.JAVA])
def test_every_bracket_is_closed_and_every_statement_ended(language: Language) -> None:
    for each in every_snippet(language):
        assert unbalanced(each.code) == "", each.code
        assert each.code.count('"') % 2 == 0


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler is installed")
def test_the_java_compiler_reads_the_java(tmp_path: Path) -> None:
    paths = saved(tmp_path, every_snippet(Language.JAVA))
    read_by("javac", "-XDshould-stop.ifNoError=PARSE", "-proc:none", *paths)


# No name breaks out of the code


@given(NAMES)
def test_a_name_in_python_stays_one_text(name: str) -> None:
    code = snippet(account(), language=Language.PYTHON, deployment=replace(GPT, name=name)).code
    tree = ast.parse(code)
    assigned = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    assert ast.literal_eval(assigned["DEPLOYMENT"]) == name
    plain = ast.parse(snippet(account(), language=Language.PYTHON, deployment=GPT).code)
    assert [type(each) for each in ast.walk(tree)] == [type(each) for each in ast.walk(plain)]


@pytest.mark.parametrize("language", [Language.CSHARP, Language.JAVASCRIPT, Language.JAVA])
@given(name=NAMES)
def test_a_name_in_the_languages_with_braces_stays_one_text(language: Language, name: str) -> None:
    for client in (Client.OPENAI, Client.INFERENCE, Client.REST):
        code = snippet(account(), language=language, client=client, deployment=replace(GPT, name=name)).code
        plain = snippet(account(), language=language, client=client, deployment=GPT).code
        assert code.isascii()
        assert outside_texts(code) == outside_texts(plain)
        assert name in [json.loads(text) for text in TEXT.findall(code)]


@given(NAMES)
@settings(max_examples=40)
def test_a_name_in_bash_stays_one_text(name: str) -> None:
    code = snippet(account(), language=Language.CURL, deployment=replace(GPT, name=name)).code
    assigned = code[code.index("body=") : code.index("hint=")]
    printed = subprocess.run(
        ["bash", "-c", f'{assigned}\nprintf %s "$body"'], capture_output=True, text=True, check=True
    )
    assert json.loads(printed.stdout)["model"] == name
    assert printed.stderr == ""


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
@settings(max_examples=40)
def test_bash_reads_a_text_as_it_was(text: str) -> None:
    written = literal(Language.CURL, text)
    assert written.isascii()
    printed = subprocess.run(["bash", "-c", f"printf %s {written}"], capture_output=True, check=True)
    assert printed.stdout.decode() == text


@given(st.text(min_size=1, max_size=20))
def test_a_subdomain_and_an_id_stay_texts_too(name: str) -> None:
    of = replace(account(), subdomain=name)
    for language in (Language.CSHARP, Language.JAVASCRIPT, Language.JAVA):
        found = snippet(of, language=language).code
        assert outside_texts(found) == outside_texts(snippet(account(), language=language).code)


# What is offered


@pytest.mark.parametrize(
    ("kind", "client", "endpoint"),
    [
        ("AIServices", Client.OPENAI, "https://chat.openai.azure.com/openai/v1/"),
        ("AIServices", Client.INFERENCE, "https://chat.services.ai.azure.com/models"),
        ("AIServices", Client.REST, "https://chat.services.ai.azure.com/models"),
        ("OpenAI", Client.OPENAI, "https://chat.openai.azure.com/openai/v1/"),
        ("openai", Client.REST, "https://chat.openai.azure.com/openai/v1/"),
        ("TextAnalytics", Client.REST, "https://chat.cognitiveservices.azure.com/"),
    ],
)
def test_each_kind_is_called_at_its_own_endpoint(kind: str, client: Client, endpoint: str) -> None:
    made = snippet(account(kind=kind), language=Language.PYTHON, client=client)
    assert made.endpoint == endpoint
    assert made.endpoint.rstrip("/") in made.code
    assert made.scope == "https://cognitiveservices.azure.com/.default"


@pytest.mark.parametrize(
    ("language", "deployment", "client"),
    [
        (Language.PYTHON, None, Client.OPENAI),
        (Language.JAVA, GPT, Client.OPENAI),
        (Language.JAVA, replace(GPT, format="DeepSeek"), Client.OPENAI),
        (Language.CSHARP, LLAMA, Client.INFERENCE),
        (Language.CURL, LLAMA, Client.REST),
    ],
)
def test_without_a_word_on_the_client_the_one_that_fits_the_model_is_taken(
    language: Language, deployment: Deployment | None, client: Client
) -> None:
    assert snippet(account(), language=language, deployment=deployment).client is client


def test_the_first_deployment_that_the_client_takes_is_found_among_all() -> None:
    embeddings = Deployment("e", "text-embedding-3-small", "OpenAI", abilities=("embeddings",))
    being_made = replace(GPT, provisioning_state="Creating")
    claude = replace(LLAMA, format="Anthropic")
    listed = (embeddings, being_made, claude, LLAMA, GPT)
    assert first_fitting(account(), listed) is LLAMA
    assert first_fitting(account(), listed, Client.OPENAI) is GPT
    assert first_fitting(account(), (embeddings, claude)) is None
    assert first_fitting(account(kind="Face"), listed) is None


def test_a_multi_service_account_has_rest_only() -> None:
    assert {each.client for each in choices(account(kind="CognitiveServices"))} == {Client.REST}
    assert choices(account(kind="Personalizer")) == ()


def test_one_is_told_what_to_install_whose_token_is_sent_and_which_role_it_needs() -> None:
    for of, choice, model in every_choice():
        made = write(of, choice, model)
        assert bool(made.install) is (choice.language is not Language.CURL)
        assert "managed identity" in made.credential_advice[0]
        assert "Cognitive Services User" in made.notes[0]
        assert any("AZURE_AI_DEPLOYMENT" in each for each in made.notes) is (of.kind in MODELS and model is None)
        assert any("26 August 2026" in each for each in made.notes) is (choice.client is Client.INFERENCE)


# What is refused, with a way out


@pytest.mark.parametrize(
    ("of", "language", "client", "deployment", "code", "says"),
    [
        (account(subdomain=None), Language.PYTHON, None, None, "NoSubdomain", "cannot be changed later"),
        (account(kind="Personalizer"), Language.CURL, None, None, "NoSnippetForKind", "REST reference"),
        (account(), Language.CURL, Client.OPENAI, None, "NoSnippetForClient", "offered are: rest"),
        (account(kind="OpenAI"), Language.JAVA, Client.INFERENCE, None, "NoSnippetForClient", "openai, rest"),
        (
            account(), Language.PYTHON, None, Deployment("e", "text-embedding-3-small", "OpenAI", abilities=("embeddings",)),
            "NotAChatModel", "chat model",
        ),
        (account(), Language.PYTHON, Client.OPENAI, LLAMA, "WrongClientForModel", "take azure-ai-inference or rest"),
        (account(), Language.PYTHON, None, replace(LLAMA, format="Anthropic"), "WrongClientForModel", "one of its own"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_a_way_out(
    of: Account, language: Language, client: Client | None, deployment: Deployment | None, code: str, says: str
) -> None:
    with pytest.raises(PermanentError, match=says) as refused:
        snippet(of, language=language, client=client, deployment=deployment)
    assert refused.value.code == code


def test_the_document_names_every_kind_and_every_refusal() -> None:
    document = (ROOT / "docs" / "snippets.md").read_text()
    package = "".join(path.read_text() for path in (ROOT / "shared" / "road" / "snippets").glob("*.py"))
    for name in {*MODELS, *CLASSIC, *re.findall(r'code="(\w+)"', package)}:
        assert f"`{name}`" in document, name


def test_a_classic_account_asks_for_no_deployment() -> None:
    made = snippet(account(kind="Face"), language=Language.PYTHON, deployment=GPT)
    assert "DEPLOYMENT" not in made.code
