"""An error and what was read of its account, side by side: what a cause is checked against."""

from dataclasses import dataclass

from shared.models import Account, Allowed, Deployment, Effective, Unknown
from shared.road.access.abilities import LANGUAGE, MODELS_CHAT, MODELS_EMBEDDINGS, OPENAI_CHAT, OPENAI_EMBEDDINGS
from shared.road.access.decide import allows
from shared.road.diagnose.endpoint import Host
from shared.road.diagnose.evidence import Evidence
from shared.road.diagnose.symptom import Client, Signs

FOUNDRY_KIND, OPENAI_KIND = "aiservices", "openai"
WITH_MODELS = frozenset({FOUNDRY_KIND, OPENAI_KIND})


@dataclass(frozen=True, slots=True)
class Case:
    """One error on one account."""

    signs: Signs
    evidence: Evidence

    @property
    def account(self) -> Account | None:
        """The account where it was read; None where there is none, or it could not be read."""
        found = self.evidence.account
        return found if isinstance(found, Account) else None

    @property
    def kind(self) -> str:
        return self.account.kind.lower() if self.account else ""

    @property
    def effective(self) -> Effective | None:
        """What the principal can do; None where none was named, or it could not be read."""
        found = self.evidence.effective
        return None if isinstance(found, Unknown) else found

    @property
    def wanted(self) -> str:
        """The data action that the call took: the one the error names, else that of the path and of the client."""
        if self.signs.data_action:
            return self.signs.data_action
        if self.account and self.kind not in WITH_MODELS:
            return LANGUAGE
        is_embedding = self.signs.endpoint is not None and self.signs.endpoint.path.endswith("/embeddings")
        if self.is_inference_api:
            return MODELS_EMBEDDINGS if is_embedding else MODELS_CHAT
        return OPENAI_EMBEDDINGS if is_embedding else OPENAI_CHAT

    @property
    def is_inference_api(self) -> bool:
        """True for a call by `/models`, False for one by `/openai`."""
        called = self.signs.endpoint
        if called and called.host is not Host.OTHER:
            return not called.is_openai_form and called.host is Host.FOUNDRY
        return self.signs.client is Client.INFERENCE

    @property
    def allowed(self) -> Allowed | None:
        """Whether the principal may do what was called; None where it is not known who that is."""
        return allows(self.effective, self.wanted) if self.effective else None

    @property
    def deployments(self) -> tuple[Deployment, ...] | None:
        found = self.evidence.deployments
        return None if isinstance(found, Unknown) else found

    @property
    def deployment(self) -> Deployment | None:
        """The deployment that was called, where it is named and there is one."""
        name = self.signs.deployment.lower()
        return next((each for each in self.deployments or () if name and each.name.lower() == name), None)
