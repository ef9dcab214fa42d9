"""What an answer tells of the deployment that gave it. Azure OpenAI: "Manage Azure OpenAI quota"."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.cognitive_services.account import Deployment

# of each unit of capacity, in a minute
_REQUESTS = 6
_TOKENS = 1000


def answered_by(deployment: "Deployment", tokens: int) -> dict[str, str]:
    """The headers of an answer that took so many tokens.

    Calls are not added up, for nobody is throttled by these limits: what remains is what this call alone leaves.
    """
    capacity: int = deployment.sku.get("capacity", 1)
    limits = {"requests": (capacity * _REQUESTS, 1), "tokens": (capacity * _TOKENS, tokens)}
    told = {"x-ms-deployment-name": deployment.name}
    for name, (limit, used) in limits.items():
        told[f"x-ratelimit-limit-{name}"] = str(limit)
        told[f"x-ratelimit-remaining-{name}"] = str(max(0, limit - used))
    return told
