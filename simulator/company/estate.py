"""The company's estate: accounts, projects, hubs and the connections between them, as a company that began with keys has.

It is seeded on top of the company, without a call. `simulator/company/estate.yaml` is the policy that is meant for it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.company.identities import ALICE, CAROL, PRODUCTION, SANDBOX
from simulator.company.places import LOGS
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

ESTATE_POLICY = Path(__file__).parent / "estate.yaml"
# The group that the policy names for the search team, and that nobody has made yet
MISSING_GROUP = "sg-rg-search-users"
_CONTRIBUTOR = "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68"  # Cognitive Services Contributor
_GROUPS = ((PRODUCTION, "rg-shop"), (PRODUCTION, "rg-chat"), (PRODUCTION, "rg-search"), (SANDBOX, "rg-lab"))
_PAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeededAccount:
    """An account, its Foundry projects, and what of it is not as it should be."""

    name: str
    subscription: str
    group: str
    kind: str = "AIServices"
    projects: tuple[str, ...] = ()
    has_subdomain: bool = True
    sends_logs: bool = True

    @property
    def id(self) -> str:
        home = f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
        return f"{home}/providers/Microsoft.CognitiveServices/accounts/{self.name}"

    def project(self, name: str) -> str:
        """The resource id of one of its projects."""
        return f"{self.id}/projects/{name}"

    def properties(self) -> Json:
        subdomain = {"customSubDomainName": self.name} if self.has_subdomain else {}
        return subdomain | ({"allowProjectManagement": True} if self.projects else {})


@dataclass(frozen=True, slots=True)
class SeededWorkspace:
    """A machine-learning hub, or a project of one."""

    name: str
    subscription: str
    group: str
    hub: "SeededWorkspace | None" = None

    @property
    def id(self) -> str:
        home = f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
        return f"{home}/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"


SHOP = SeededAccount("contoso-shop", PRODUCTION, "rg-shop", projects=("storefront", "returns"))
BATCH = SeededAccount("contoso-batch", PRODUCTION, "rg-shop")
SEARCH = SeededAccount("contoso-search", PRODUCTION, "rg-search", kind="OpenAI")
ASSIST = SeededAccount("contoso-assist", PRODUCTION, "rg-chat", projects=("helpdesk",))
DOCS = SeededAccount("contoso-docs", PRODUCTION, "rg-chat", projects=("reading-room",), sends_logs=False)
VOICE = SeededAccount("contoso-voice", PRODUCTION, "rg-chat")
LAB = SeededAccount("contoso-lab", SANDBOX, "rg-lab", projects=("playground",))
LEGACY = SeededAccount("contoso-legacy", SANDBOX, "rg-lab", has_subdomain=False)
ACCOUNTS = (SHOP, BATCH, SEARCH, ASSIST, DOCS, VOICE, LAB, LEGACY)

RETAIL_HUB = SeededWorkspace("hub-retail", PRODUCTION, "rg-shop")
LAB_HUB = SeededWorkspace("hub-lab", SANDBOX, "rg-lab")
FORECAST = SeededWorkspace("forecast", PRODUCTION, "rg-shop", hub=RETAIL_HUB)
WORKSPACES = (RETAIL_HUB, LAB_HUB, FORECAST)


@dataclass(frozen=True, slots=True)
class SeededConnection:
    """A connection. `account` is the one it points at, whose `key` it holds a copy of unless that is empty.

    `says` is how it names the account beside its target: the metadata key `ResourceId`, or not at all. `secret` is what
    a connection holds that is no account's key.
    """

    owner: str
    name: str
    category: str
    account: SeededAccount | None = None
    key: str = ""
    auth_type: str = "ApiKey"
    says: str = ""
    shouts: bool = False  # writes the account's id in capitals, as some tools do
    target: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    shared: bool | None = None
    switches: bool = True
    secret: str = ""

    @property
    def id(self) -> str:
        return f"{self.owner}/connections/{self.name}"

    @property
    def holds_account_key(self) -> bool:
        return bool(self.key)

    def labels(self) -> dict[str, str]:
        """Its metadata."""
        if not (self.says and self.account):
            return self.metadata
        return {self.says: self.account.id.upper() if self.shouts else self.account.id} | self.metadata


_AZURE = {"ApiType": "Azure"}
_OPENAI = {"ApiType": "azure", "ApiVersion": "2024-02-01"}
_FOUNDRY_MODELS = "https://contoso-shop.services.ai.azure.com/models"
CONNECTIONS = (
    # those that hold an account's key and can do without
    SeededConnection(SHOP.project("storefront"), "shop-models", "AIServices", SHOP, "Key1", says="ResourceId", metadata=_AZURE),
    SeededConnection(ASSIST.id, "shop-answers", "AIServices", SHOP, "Key1", says="ResourceId", metadata=_AZURE, shared=True),
    SeededConnection(RETAIL_HUB.id, "shop-for-all", "AIServices", SHOP, "Key2", says="ResourceId", target=_FOUNDRY_MODELS,
                     metadata=_AZURE, shared=True),
    SeededConnection(DOCS.project("reading-room"), "search-gpt", "AzureOpenAI", SEARCH, "Key1", says="resourceId", shouts=True,
                     metadata=_OPENAI),
    SeededConnection(FORECAST.id, "search-by-host", "AzureOpenAI", SEARCH, "Key2", target="https://Contoso-Search.openai.azure.com/",
                     metadata=_OPENAI, shared=False),
    SeededConnection(LAB_HUB.id, "lab-safety", "CognitiveService", LAB, "Key1", says="ResourceId",
                     metadata={"Kind": "Content Safety"}, shared=False),
    SeededConnection(LAB.project("playground"), "batch-by-host", "AIServices", BATCH, "Key1",
                     target="https://contoso-batch.cognitiveservices.azure.com/", metadata=_AZURE),
    # those that hold one and cannot: neither category has a form with Entra ID
    SeededConnection(ASSIST.project("helpdesk"), "assist-custom", "CustomKeys", ASSIST, "Key1", "CustomKeys", says="ResourceId",
                     switches=False),
    SeededConnection(RETAIL_HUB.id, "assist-plain", "ApiKey", ASSIST, "Key2", says="ResourceId", switches=False, shared=False),
    # those that hold no account's key
    SeededConnection(LAB.project("playground"), "lab-entra", "AIServices", LAB, auth_type="AAD", says="ResourceId", metadata=_AZURE),
    SeededConnection(DOCS.project("reading-room"), "docs-index", "CognitiveSearch", target="https://contoso-index.search.windows.net/",
                     secret="of-the-search-service"),
    SeededConnection(RETAIL_HUB.id, "retail-blobs", "AzureBlob", auth_type="AccountKey", target="https://stretail.blob.core.windows.net/",
                     secret="of-the-storage-account"),
    SeededConnection(SHOP.project("returns"), "returns-insights", "AppInsights", target="https://westeurope-5.in.applicationinsights.azure.com/",
                     secret="of-application-insights"),
    SeededConnection(SHOP.id, "shop-files", "AzureStorageAccount", auth_type="AAD", target="https://stshop.blob.core.windows.net/"),
)  # fmt: skip


def seed_estate(azure: "Azure") -> None:
    """Fills a tenant that the company was seeded into; everything is settled at once, and the logs know of earlier calls."""
    for subscription, group in _GROUPS:
        if group not in azure.resources.require_subscription(subscription).groups:
            azure.resources.add_group(subscription, group)
    for account in ACCOUNTS:
        _add_account(azure, account)
    for workspace in WORKSPACES:
        kind = "Project" if workspace.hub else "Hub"
        hub = workspace.hub.id if workspace.hub else None
        azure.machine_learning.add_workspace(
            workspace.subscription, workspace.group, workspace.name, kind=kind, hub=hub
        )
    for connection in CONNECTIONS:
        _add_connection(azure, connection)
    azure.authorization.grant(f"/subscriptions/{PRODUCTION}/resourceGroups/{SHOP.group}", CAROL.id, _CONTRIBUTOR)


def _add_account(azure: "Azure", account: SeededAccount) -> None:
    azure.cognitive.add(
        account.subscription, account.group, account.name, kind=account.kind, properties=account.properties()
    )
    for project in account.projects:
        azure.cognitive.add_project(account.id, project)
    if account.sends_logs:
        azure.monitor.send_logs(account.id, LOGS)
        azure.monitor.seed_call(account.id, at=azure.clock.now() - _PAST)
        azure.monitor.seed_call(account.id, at=azure.clock.now() - _PAST, object_id=ALICE.id, status=401)


def _add_connection(azure: "Azure", seeded: SeededConnection) -> None:
    of_workspace = "/Microsoft.MachineLearningServices/" in seeded.owner
    add = azure.machine_learning.add_connection if of_workspace else azure.cognitive.add_connection
    account = azure.cognitive.require(seeded.account.id) if seeded.account else None
    add(
        seeded.owner,
        seeded.name,
        category=seeded.category,
        auth_type=seeded.auth_type,
        target=seeded.target or (account.endpoint() if account else ""),
        key=account.keys[seeded.key] if account and seeded.key else seeded.secret,
        metadata=seeded.labels(),
        shared=seeded.shared,
    )
