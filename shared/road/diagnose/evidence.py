"""What a diagnosis is judged by: the account as it is, who holds what on it, what was done to it. Gathered side by side."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, fields
from datetime import datetime

from shared.errors import DeniedError, NotFoundError, PermanentError, TemporaryError
from shared.models import (
    NOT_READ,
    Account,
    AccountRecord,
    Deployment,
    Effective,
    Entry,
    RoleAssignment,
    Unknown,
    unread,
)
from shared.resource_id import ResourceId
from shared.road.access.reading import access
from shared.road.services import Services
from shared.sdk.inference import TokenAnswer

PROBE_PATIENCE = 5.0  # seconds
_DEPLOYMENTS_READ = "Microsoft.CognitiveServices/accounts/deployments/read"
_ASSIGNMENTS_READ = "Microsoft.Authorization/roleAssignments/read"
_TABLES = "access to its own tables"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was read. `account` is None where there is none, `effective` and `elsewhere` are NOT_READ where no principal
    was named; `elsewhere` are the principal's role assignments in the account's subscription. `tenant` is the app's own."""

    now: datetime
    tenant: str
    account: Account | Unknown | None
    deployments: tuple[Deployment, ...] | Unknown
    assignments: tuple[RoleAssignment, ...] | Unknown
    effective: Effective | Unknown
    elsewhere: tuple[RoleAssignment, ...] | Unknown
    record: AccountRecord | Unknown
    history: tuple[Entry, ...] | Unknown
    probe: TokenAnswer | Unknown = NOT_READ
    is_soft_deleted: bool | Unknown = NOT_READ

    @property
    def missing(self) -> tuple[Unknown, ...]:
        """What could not be read, each reason once; that somebody asked about is not there is no such thing."""
        facts = [getattr(self, each.name) for each in fields(self)]
        facts += [] if isinstance(self.effective, Unknown) else self.effective.unread
        found = (each for fact in facts if (each := unread(fact)) and each.code != "PrincipalNotFound")
        return tuple({each.reason: each for each in found}.values())


async def gather(services: Services, account: ResourceId, principal_id: str | None) -> Evidence:
    """Everything, in two rounds: what the account's id is enough for, seven reads side by side of which that of the
    principal's access is several; then one call that depends on whether the account is there."""
    (found, deployments, tenant), (assignments, effective, elsewhere), (record, history) = await asyncio.gather(
        asyncio.gather(
            _account(services, account),
            _known(services.accounts.list_deployments(account), _DEPLOYMENTS_READ),
            _known(services.identity.tenant(), "a token"),
        ),
        asyncio.gather(
            _known(services.assignments.list_at_or_above(account.text), _ASSIGNMENTS_READ),
            _access(services, account, principal_id),
            _elsewhere(services, account, principal_id),
        ),
        asyncio.gather(
            _known(services.records.get(account), _TABLES),
            _known(services.ledger.history(account), _TABLES),
        ),
    )
    probe: TokenAnswer | Unknown = NOT_READ
    is_soft_deleted: bool | Unknown = NOT_READ
    if isinstance(found, Account) and found.endpoint:
        probe = await _known(_probe(services, found), "")
    if found is None:
        deployments = assignments = effective = NOT_READ
        reading = services.accounts.is_soft_deleted(account)
        is_soft_deleted = await _known(reading, "Microsoft.CognitiveServices/deletedAccounts/read")
    return Evidence(
        now=services.now(),
        tenant="" if isinstance(tenant, Unknown) else tenant,
        account=found,
        deployments=deployments,
        assignments=assignments,
        effective=effective,
        elsewhere=elsewhere,
        record=record,
        history=history,
        probe=probe,
        is_soft_deleted=is_soft_deleted,
    )


async def _known[T](reading: Awaitable[T], permission: str) -> T | Unknown:
    try:
        return await reading
    except DeniedError as error:
        return Unknown(str(error), error.code, permission=error.action or permission)
    except (PermanentError, TemporaryError) as error:
        return Unknown(str(error), error.code)


async def _account(services: Services, account: ResourceId) -> Account | Unknown | None:
    async def read() -> Account | None:
        try:
            return await services.accounts.get(account)
        except NotFoundError:
            return None

    return await _known(read(), "Microsoft.CognitiveServices/accounts/read")


async def _access(services: Services, account: ResourceId, principal_id: str | None) -> Effective | Unknown:
    if not principal_id:
        return NOT_READ
    return await _known(access(services, account, principal_id), _ASSIGNMENTS_READ)


async def _elsewhere(
    services: Services, account: ResourceId, principal_id: str | None
) -> tuple[RoleAssignment, ...] | Unknown:
    if not principal_id:
        return NOT_READ
    reading = services.assignments.list_held(account.subscription, principal_id)
    return await _known(reading, _ASSIGNMENTS_READ)


async def _probe(services: Services, account: Account) -> TokenAnswer:
    try:
        async with asyncio.timeout(PROBE_PATIENCE):
            return await services.inference.probe(account)
    except TimeoutError as error:
        raise TemporaryError(f"{account.endpoint} gave no answer within {PROBE_PATIENCE:.0f} seconds") from error
