"""Quiet: the logs show no call by key for the rule's quiet period. Where they show nothing, nothing is known."""

from datetime import datetime, timedelta

from shared.models import Account, AccountRecord, KeyUse, Milestone, Unknown
from shared.road.blockers import unreadable
from shared.road.exposure import open_exposure
from shared.road.milestones import proven
from shared.road.situation import Situation
from shared.road.steps import Probe
from shared.road.verdict import Blocker, Standing
from shared.sdk.request_logs import is_gap

# The app's own daily probe leaves a row: a period is looked at together with the day before it
BEFORE = timedelta(days=2)
SHORTEST_POLL, LONGEST_POLL = timedelta(seconds=2), timedelta(hours=1)


def standing(seen: Situation) -> Standing:
    if seen.account.local_auth_disabled:
        return Standing("key access is off")
    use = seen.facts.use
    if isinstance(use, Unknown):
        return Standing(blockers=(unreadable("logs", Milestone.QUIET, use),))
    if not use.has_setting:
        return Standing(blockers=(no_setting(seen.account),))
    if use.since is None or use.until is None or is_gap(use.until, seen.now):
        return Standing(blockers=(no_rows(seen.account, use.until, again(seen)),))
    since = quiet_since(use, seen.facts.record)
    if use.until - since >= seen.rule.quiet:
        return Standing(f"no call by key from {_time(since)} to {_time(use.until)}")
    return Standing(blockers=(_not_yet(seen, use, since),))


def quiet_since(use: KeyUse, record: AccountRecord) -> datetime:
    """Since when the logs show no key in use: they may have been without a gap for longer than is looked at now."""
    since = use.since or use.looked
    before, until = record.quiet_since, record.quiet_until
    if before and until and before < since and not is_gap(until, since):
        since = before
    return max(since, use.last) if use.last else since


def is_looked_at(seen: Situation) -> bool:
    """True where the account's road depends on who uses its keys: towards quiet, or where they die with nobody told of new ones."""
    if seen.account.local_auth_disabled:
        return False
    return seen.asks_for(Milestone.QUIET) or (not seen.vault and open_exposure(seen) is not None)


def steps(seen: Situation) -> tuple[Probe, ...]:
    """A probe, where the period is over or there is no row at all: a call of the app's own shows whether the logs come."""
    use, proof = seen.facts.use, seen.facts.proof
    if not is_looked_at(seen) or isinstance(use, Unknown) or not use.has_setting:
        return ()
    if use.until is None:
        ends = seen.now - LONGEST_POLL
    else:
        ends = quiet_since(use, seen.facts.record) + seen.rule.quiet
        if not use.until < ends <= seen.now:
            return ()
    return proven.steps(seen, anew=True) if proof is None or proof.at < ends else ()


def again(seen: Situation) -> datetime:
    """When the logs may show more than now."""
    return seen.now + min(max(seen.rule.quiet / 10, SHORTEST_POLL), LONGEST_POLL)


def _not_yet(seen: Situation, use: KeyUse, since: datetime) -> Blocker:
    ends = since + seen.rule.quiet
    retry_at = ends if ends > seen.now else again(seen)
    if use.last and use.last >= since:
        return key_used(use, seen.rule.quiet, retry_at)
    return waiting(since, ends, retry_at)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _such(calls: int) -> str:
    return "one such call is logged" if calls == 1 else f"{calls} such calls are logged"


def key_used(use: KeyUse, period: timedelta, retry_at: datetime) -> Blocker:
    last = _time(use.last) if use.last else ""
    return Blocker(
        "quiet.keyUsed",
        Milestone.QUIET,
        f"A key was used at {last} from {use.address or 'an address that is not logged'}; {_such(use.calls)}.",
        f"Have that caller use Microsoft Entra ID. The account is quiet once no key was used for {period}.",
        "request logs",
        retry_at,
    )


def waiting(since: datetime, ends: datetime, retry_at: datetime) -> Blocker:
    return Blocker(
        "quiet.waiting",
        Milestone.QUIET,
        f"No key has been used since {_time(since)}; the quiet period ends at {_time(ends)}.",
        "",
        "request logs",
        retry_at,
    )


def no_setting(account: Account) -> Blocker:
    command = (
        f"az monitor diagnostic-settings create --name unkeyed --resource {account.id} "
        '--logs \'[{"category": "RequestResponse", "enabled": true}]\' --workspace <resource id of a workspace>'
    )
    return Blocker(
        "logs.noSetting",
        Milestone.QUIET,
        "The account's request log is sent nowhere, so nobody can tell whether its keys are used.",
        f"Send it to a Log Analytics workspace: {command}",
        "diagnostic settings",
    )


def no_rows(account: Account, until: datetime | None, retry_at: datetime) -> Blocker:
    since = f" since {_time(until)}" if until else ""
    return Blocker(
        "logs.noRows",
        Milestone.QUIET,
        f"The request log of {account.id.name} holds no row{since}, not even of the app's own calls.",
        "Azure may take minutes for the first; if none comes, look at the diagnostic setting and its workspace.",
        "request logs",
        retry_at,
    )
