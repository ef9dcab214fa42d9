"""Workspaces of Log Analytics, diagnostic settings, and the rows that the settings send to the workspaces."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.monitor import diagnostics
from simulator.monitor.diagnostics import Served
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

WORKSPACES = "Microsoft.OperationalInsights/workspaces"
SETTINGS = "Microsoft.Insights/diagnosticSettings"
CATEGORIES = {"Audit": ("audit", "allLogs"), "RequestResponse": ("allLogs",), "Trace": ("allLogs",), "AzureOpenAIRequestUsage": ("allLogs",)}  # fmt: skip
GROUPS = ("audit", "allLogs")


@dataclass(slots=True)
class Workspace:
    """`rows` come with the time at which a query finds them."""

    subscription: str
    group: str
    name: str
    location: str
    customer_id: str
    created: datetime
    changed: datetime
    sku: str = "PerGB2018"
    retention: int = 30
    tags: dict[str, str] | None = None
    rows: list[tuple[datetime, Json]] = field(default_factory=list, repr=False)

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{WORKSPACES}/{self.name}"


@dataclass(frozen=True, slots=True)
class DiagnosticSetting:
    """`logs` as they were sent: each names a category or a category group, and says whether it is on."""

    resource: str
    name: str
    properties: Json
    logs: tuple[Json, ...]

    @property
    def id(self) -> str:
        return f"{self.resource}/providers/{SETTINGS}/{self.name}"

    @property
    def workspace(self) -> str:
        """The resource id of the workspace it sends to; empty where it sends elsewhere."""
        return str(self.properties.get("workspaceId") or "")

    def categories(self) -> set[str]:
        """The categories that are on, by themselves or by their group."""
        on = {str(each.get("category") or each.get("categoryGroup")).lower() for each in self.logs if each["enabled"]}
        return {name for name, groups in CATEGORIES.items() if on & {name.lower(), *(each.lower() for each in groups)}}


class Monitor:
    """Settings outlive their resource, as Azure's do: they count again for one that is made anew under the same id."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.workspaces: dict[str, Workspace] = {}  # by lower-case resource id
        self.settings: dict[str, DiagnosticSetting] = {}  # by lower-case id

    # seeding

    def add_workspace(self, subscription: str, group: str, name: str, *, customer_id: str = "") -> str:
        """Makes a workspace in its group's region; returns the customer id, by which it is queried."""
        now = self.azure.clock.now()
        where = self.azure.resources.require_group(subscription, group)
        made = Workspace(
            where.subscription, where.name, name, where.location, (customer_id or str(uuid.uuid4())).lower(), now, now
        )
        self.workspaces[made.id.lower()] = made
        return made.customer_id

    def send_logs(
        self, account: str, workspace: str, *, name: str = "logs", categories: Iterable[str] = (diagnostics.CATEGORY,)
    ) -> DiagnosticSetting:
        """Has the account's logs sent to a workspace, named by its resource id or its customer id."""
        logs = tuple({"category": each, "enabled": True} for each in categories)
        made = DiagnosticSetting(account, name, {"workspaceId": self.require(workspace).id}, logs)
        self.settings[made.id.lower()] = made
        return made

    def seed_call(
        self, account: str, *, at: datetime, object_id: str = "", status: int = 200, address: str = "203.0.113.7"
    ) -> None:
        """A chat completion in the past, in every workspace that the account's logs are sent to, found at once."""
        found = self.azure.cognitive.require(account)
        api, operation = "Azure OpenAI API version 2024-10-21", "ChatCompletions_Create"
        self._keep(Served(found, operation, api, status, at, at, object_id, address), arrives=at)

    # what services and tests ask

    def find(self, workspace: str) -> Workspace | None:
        """The workspace of this resource id or customer id."""
        key = workspace.lower()
        found = self.workspaces.get("/" + key.strip("/"))
        return found or next((each for each in self.workspaces.values() if each.customer_id == key), None)

    def require(self, workspace: str) -> Workspace:
        """The same; raises KeyError where there is none."""
        found = self.find(workspace)
        if found is None:
            raise KeyError(workspace)
        return found

    def settings_of(self, resource: str) -> list[DiagnosticSetting]:
        return [each for each in self.settings.values() if each.resource.lower() == resource.lower()]

    def rows(self, workspace: str) -> list[Json]:
        """The rows of a workspace that queries find by now, in the order they were written."""
        now = self.azure.clock.now()
        return [each for arrives, each in self.require(workspace).rows if arrives <= now]

    def record(self, served: Served) -> None:
        """Keeps the call's row for every workspace it goes to; queries find it after the knob `log_ingestion`."""
        self._keep(served, arrives=served.ended + timedelta(seconds=self.azure.knobs.log_ingestion))

    def forget_group(self, subscription: str, group: str) -> None:
        """Drops the workspaces of a deleted resource group, with their rows."""
        gone = f"/subscriptions/{subscription}/resourcegroups/{group}/".lower()
        self.workspaces = {key: each for key, each in self.workspaces.items() if not key.startswith(gone)}

    def _keep(self, served: Served, *, arrives: datetime) -> None:
        for setting in self.settings_of(served.account.id):
            workspace = self.find(setting.workspace) if setting.workspace else None
            if workspace and diagnostics.CATEGORY in setting.categories():
                row = diagnostics.row(served, workspace.customer_id, self.azure.knobs.log_object_id)
                workspace.rows.append((arrives, row))
