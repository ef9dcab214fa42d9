"""The snippets, run as a stranger runs them: saved to a file, with an identity of its own and nothing else."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.errors import PermanentError
from shared.models import Deployment
from shared.resource_id import ResourceId
from shared.road.snippets.models import Choice, Client, Language, Snippet
from shared.road.snippets.snippet import choices, snippet
from simulator.company.identities import WORKSTATION
from tests.functional.road import GROUP
from tests.local import CHAT, USER_ROLE, LocalRun

QUESTION = "Why is the sky blue?"  # which the local Azure's models answer with itself
HINT = f"ask unkeyed to diagnose {CHAT}"
RUN = {Language.PYTHON: (sys.executable,), Language.CURL: ("bash",)}
NOT_A_STRANGERS = ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_STORAGE_CONNECTION_STRING")
PLAIN = {"openai": "OpenAI", "text": "TextAnalytics"}


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    complained: str


@dataclass(frozen=True)
class Stranger:
    """Somebody on the workstation, whose identity Azure gives out there."""

    local: LocalRun
    folder: Path

    async def runs(self, made: Snippet, **variables: str) -> Ran:
        path = self.folder / f"{made.client}-{made.file_name}"
        path.write_text(made.code)
        given = {name: value for name, value in self.local.place.variables.items() if name not in NOT_A_STRANGERS}
        environment = {"PATH": os.environ["PATH"], **given, **variables}
        process = await asyncio.create_subprocess_exec(
            *RUN[made.language], path, env=environment, stdout=PIPE, stderr=PIPE
        )
        said, complained = await process.communicate()
        return Ran(process.returncode or 0, said.decode(), complained.decode())

    async def gets_role(self, account: str = CHAT) -> None:
        await self.local.assign_by_hand(account, WORKSTATION.id, USER_ROLE, principalType="ServicePrincipal")


@pytest.fixture
def stranger(local: LocalRun, tmp_path: Path) -> Stranger:
    return Stranger(local, tmp_path)


async def make(local: LocalRun, account: str = CHAT, kind: str = "AIServices") -> None:
    """Makes an account, with a model where its kind has any."""
    sku = {"name": "S" if kind == "TextAnalytics" else "S0"}
    assert (await local.client.create_account(account, kind=kind, sku=sku)).status == 201
    if kind != "TextAnalytics":
        assert (await local.client.deploy(account)).status == 201


async def snippets(local: LocalRun, account: str, deployment: str | None = "gpt") -> list[Snippet]:
    """All of an account that can be run here, for a deployment of this name as Azure lists it."""
    found = await local.services.accounts.get(ResourceId.account(account))
    listed = await local.services.accounts.list_deployments(found.id)
    chosen = next((each for each in listed if each.name == deployment), None)
    offered = [each for each in choices(found) if each.language in RUN]
    return [snippet(found, language=each.language, client=each.client, deployment=chosen) for each in offered]


async def test_each_snippet_of_a_foundry_account_prints_the_models_answer(local: LocalRun, stranger: Stranger) -> None:
    await make(local)
    await stranger.gets_role()
    offered = await snippets(local, CHAT)
    assert {Choice(each.language, each.client) for each in offered} == {
        Choice(Language.PYTHON, Client.OPENAI),
        Choice(Language.PYTHON, Client.INFERENCE),
        Choice(Language.PYTHON, Client.REST),
        Choice(Language.CURL, Client.REST),
    }
    for each in offered:
        ran = await stranger.runs(each)
        assert ran.code == 0, ran
        assert QUESTION in ran.said
        assert not ran.complained


@pytest.mark.parametrize("name", PLAIN)
async def test_each_snippet_of_another_kind_prints_an_answer(local: LocalRun, stranger: Stranger, name: str) -> None:
    account = f"{GROUP}/Microsoft.CognitiveServices/accounts/snippets-{name}"
    await make(local, account, PLAIN[name])
    await stranger.gets_role(account)
    for each in await snippets(local, account):
        ran = await stranger.runs(each)
        assert ran.code == 0, ran
        assert (QUESTION if name == "openai" else '"iso6391Name": "en"') in ran.said.replace('":"', '": "')


async def test_each_snippet_says_what_to_do_where_the_role_is_missing(local: LocalRun, stranger: Stranger) -> None:
    await make(local)
    for each in await snippets(local, CHAT):
        ran = await stranger.runs(each)
        assert ran.code == 1, ran
        assert "401" in ran.complained
        assert re.search("does not have access to API|lacks the required data action", ran.complained + ran.said), ran
        assert HINT.lower() in ran.complained.lower()
        assert "Traceback" not in ran.complained


async def test_without_a_deployment_it_is_read_from_the_environment_and_missed_there(
    local: LocalRun, stranger: Stranger
) -> None:
    await make(local)
    await stranger.gets_role()
    for each in await snippets(local, CHAT, deployment=None):
        missed = await stranger.runs(each)
        assert missed.code == 1, missed
        assert "Set AZURE_AI_DEPLOYMENT to the name of a deployment." in missed.complained
        ran = await stranger.runs(each, AZURE_AI_DEPLOYMENT="gpt")
        assert QUESTION in ran.said, ran


async def test_a_user_assigned_identity_is_chosen_by_its_client_id(local: LocalRun, stranger: Stranger) -> None:
    await make(local)
    await stranger.gets_role()
    for each in await snippets(local, CHAT):
        ran = await stranger.runs(each, AZURE_CLIENT_ID=WORKSTATION.app_id)
        assert QUESTION in ran.said, ran
        nobody = await stranger.runs(each, AZURE_CLIENT_ID="0f1a7f08-a000-4000-8000-00000000ffff")
        assert nobody.code != 0, nobody


async def test_the_deployments_of_an_account_are_listed_with_what_their_models_can(local: LocalRun) -> None:
    await make(local)
    (found,) = await local.services.accounts.list_deployments(ResourceId.account(CHAT))
    assert found == Deployment(
        "gpt", "gpt-4o", "OpenAI", "2024-11-20", abilities=("chatCompletion", "responses", "agentsV2")
    )


async def test_an_account_without_a_subdomain_gets_no_code(local: LocalRun) -> None:
    assert (await local.client.create_account(CHAT, properties={})).status == 201
    found = await local.services.accounts.get(ResourceId.account(CHAT))
    with pytest.raises(PermanentError, match="no custom subdomain"):
        snippet(found, language=Language.PYTHON)
