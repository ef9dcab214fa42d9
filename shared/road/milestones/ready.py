"""Ready: provisioning has settled and the account has a custom subdomain, without which no Entra ID token is taken."""

from datetime import datetime, timedelta

from shared.models import Account, Milestone
from shared.road.match import subdomain_for
from shared.road.situation import Situation
from shared.road.steps import SetSubdomain
from shared.road.verdict import Blocker, Standing

PROVISIONING_POLL = timedelta(seconds=5)


def standing(seen: Situation) -> Standing:
    account = seen.account
    if not account.is_settled:
        return Standing(blockers=(provisioning(account, seen.now),))
    if account.provisioning_state != "Succeeded":
        return Standing(blockers=(provisioning_failed(account),))
    if not account.subdomain:
        return Standing(blockers=(no_subdomain(account),))
    return Standing(f"provisioned, subdomain {account.subdomain}")


def steps(seen: Situation) -> tuple[SetSubdomain, ...]:
    """The subdomain that the rule gives to accounts without one."""
    name = subdomain_for(seen.rule, seen.account)
    is_made = seen.account.is_settled and seen.account.provisioning_state == "Succeeded"
    return (SetSubdomain(name),) if name and is_made and not seen.account.subdomain else ()


def provisioning(account: Account, now: datetime) -> Blocker:
    return Blocker(
        "account.provisioning",
        Milestone.READY,
        f"Azure is still making the account ({account.provisioning_state}).",
        "",
        "Resource Manager",
        now + PROVISIONING_POLL,
    )


def provisioning_failed(account: Account) -> Blocker:
    return Blocker(
        "account.failed",
        Milestone.READY,
        f"Provisioning of the account ended in {account.provisioning_state}.",
        "Repair or delete the account; the app looks again when it changes.",
        "Resource Manager",
    )


def no_subdomain(account: Account) -> Blocker:
    command = (
        f"az cognitiveservices account update --subscription {account.id.subscription} "
        f"--resource-group {account.id.resource_group} --name {account.id.name} --custom-domain <unique name>"
    )
    return Blocker(
        "account.noSubdomain",
        Milestone.READY,
        "The account has no custom subdomain; regional endpoints never take Entra ID tokens.",
        f"Give it one, which cannot be changed afterwards: {command}",
        "Resource Manager",
    )
