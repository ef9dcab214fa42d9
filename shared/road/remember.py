"""Remember: what a pass has seen that the next ones need to know, and Azure will not tell them again."""

from collections.abc import Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.models import OPEN, Account, AccountFacts, AccountRecord, GroupItem, GroupRef, KeyUse, Unknown, WorkItem
from shared.road.exposure import groups
from shared.road.groups.meaning import CHANGED
from shared.road.match import coverage
from shared.road.milestones.quiet import quiet_since
from shared.road.observe import find_groups
from shared.road.policy import Policy
from shared.road.services import Services
from shared.road.situation import Situation


async def remember(services: Services, facts: AccountFacts, now: datetime) -> AccountFacts:
    """The facts with their record up to date, written down where something is new."""
    account = facts.account
    if not isinstance(account, Account):
        return facts
    record = facts.record
    if _is_of_another(record, account):
        await services.records.delete(account.id)
        record = AccountRecord()
    news = {**_seal(record, account, now), **_quiet(record, facts.use), **_subdomain(record, account)}
    if news:
        await services.records.note(account.id, **news)
    return replace(facts, record=replace(record, **news))


def _is_of_another(record: AccountRecord, account: Account) -> bool:
    """True where what is remembered is older than the account: one that was deleted had its name."""
    if account.created_at is None:
        return False
    times = [*record.regenerated.values(), record.quiet_since, record.sealed_seen, record.compared, record.rolled_back]
    return any(each < account.created_at for each in times if each)


def _seal(record: AccountRecord, account: Account, now: datetime) -> dict[str, Any]:
    if account.local_auth_disabled:
        return {} if record.sealed_seen else {"sealed_seen": now, "tries": 0}
    if record.sealed_seen is None and record.key_refused is None:
        return {}
    return dict(OPEN)


def _quiet(record: AccountRecord, use: object) -> dict[str, Any]:
    if not isinstance(use, KeyUse) or use.until is None:
        return {}
    seen = {"quiet_since": quiet_since(use, record), "quiet_until": use.until}
    return {name: at for name, at in seen.items() if getattr(record, name) != at}


def _subdomain(record: AccountRecord, account: Account) -> dict[str, Any]:
    subdomain = (account.subdomain or "").lower()
    return {} if record.subdomain == subdomain else {"subdomain": subdomain}


async def file_groups(services: Services, facts: AccountFacts, policy: Policy, operation_id: str) -> None:
    """Files the groups that the account's road depends on, where they are others than before; new ones that show its keys
    are to be watched from now on."""
    account = facts.account
    if not isinstance(account, Account):
        return
    rule = coverage(policy, account, services.now().date()).active_rule
    now = groups(Situation(account, rule, facts, services.now())) if rule else {}
    before = facts.record.groups
    if now is None or now == before:
        return
    await services.uses.file(account.id, before, now)
    for key in (each for each, roles in now.items() if roles and not before.get(each)):
        await services.queue.put(GroupItem(GroupRef.id_in(key), "group to be watched", operation_id))
    await services.records.note_groups(account.id, now)
    await _look_again(services, facts, now.keys() - before.keys(), operation_id)


async def _look_again(services: Services, facts: AccountFacts, filed: Set[str], operation_id: str) -> None:
    """Whatever happened to a group before it was filed led to no account: where it is another by now, this one is looked at."""
    account = facts.account
    asked = {ref: answer for ref, answer in facts.groups.items() if ref.key in filed}
    if isinstance(account, Account) and asked:
        now = await find_groups(services, asked, services.now(), services.now())
        if any(not isinstance(answer, Unknown) and answer != asked[ref] for ref, answer in now.items()):
            item = WorkItem(account.id, CHANGED, operation_id, services.now())
            await services.queue.put(item)
