"""Each step in words, for a dry run, a log or a report."""

from shared.models import KeyName
from shared.road import steps as road
from shared.roles import role_name


def described(step: road.Step) -> str:  # noqa: C901  # one line for each kind of step
    """What the step does, in the words of a sentence that begins with its verb."""
    match step:
        case road.SetSubdomain(name):
            return f"give the account the custom subdomain {name}, for good"
        case road.AssignRole(grant, group):
            who = f"group '{group}' ({grant.principal_id})" if group else f"{grant.principal_type} {grant.principal_id}"
            return f"assign {role_name(grant.role)} to {who} on the account"
        case road.RemoveAssignment(made):
            return f"remove {role_name(made.role)} from {made.principal_id}, which the policy no longer grants"
        case road.Probe(account):
            return f"call {account.endpoint} with a token"
        case road.SwitchConnection(connection):
            return f"switch connection {connection} to Microsoft Entra ID"
        case road.RestoreConnection(connection):
            return f"give connection {connection} the account's key again"
        case road.PublishKey(vault, secret, key):
            return f"write {_said(key)} to secret {secret} in {vault}"
        case road.RotateKey(vault, secret, key):
            return f"make {_said(key)} new, try it, and write it to secret {secret} in {vault}"
        case road.RevokeKey(key):
            return f"make {_said(key)} new, so that every copy of it is dead"
        case road.DisableLocalAuth():
            return "turn key access off"
        case road.EnableLocalAuth(revoke):
            return "turn key access on" + (" and make both keys new at once" if revoke else "")
        case road.TryKey():
            return "call the account with a key, which it should refuse"
        case road.WithdrawKey(vault, secret):
            return f"disable secret {secret} in {vault}, whose key opens nothing"


def _said(key: KeyName) -> str:
    return f"the account's {key}"
