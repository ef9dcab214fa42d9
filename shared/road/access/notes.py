"""What a reader of somebody's access should know besides the roles. Pure."""

from collections.abc import Iterator

from shared.models import Answer, Effective, PrincipalKind
from shared.road.access.abilities import MODELS_CHAT, OPENAI_CHAT
from shared.road.access.decide import allows


def notes(effective: Effective) -> tuple[str, ...]:
    """Sentences, the most important first."""
    return (*_on_principal(effective), *_on_inference(effective), *_on_keys(effective))


def _on_principal(effective: Effective) -> Iterator[str]:
    principal = effective.principal
    if principal.exists is Answer.NO:
        yield (
            "Identity not found: Microsoft Entra ID has no object of this id. It was deleted, or made so lately that it is not "
            "shown everywhere yet. Nobody can sign in as it; its role assignments are left over and can be removed."
        )
    if principal.kind is PrincipalKind.GROUP:
        yield "This is a group: whoever is in it can do this by it, and may be able to do more by other roles."


def _on_inference(effective: Effective) -> Iterator[str]:
    if not effective.account.subdomain:
        yield "The account has no custom subdomain: its endpoint takes no token, whatever roles there are."
    if effective.may_infer is Answer.NO and effective.holdings:
        yield (
            "The roles held let nobody call a model: Owner, Contributor and their like manage the account and have no data "
            "actions. Roles given on a project of the account alone are not looked at."
        )
    if allows(effective, OPENAI_CHAT).answer is Answer.YES and allows(effective, MODELS_CHAT).answer is Answer.NO:
        yield "The roles cover OpenAI's models by the OpenAI endpoint only: calls of other models are refused."


def _on_keys(effective: Effective) -> Iterator[str]:
    if effective.key_access_off and effective.may_list_keys is not Answer.NO:
        yield "Key access is off: no key can be listed or used as long as it is, whatever the roles allow."
    elif effective.may_list_keys is Answer.YES:
        yield "The roles let the principal list the account's keys, and a key is nobody's in particular once it is copied."
