"""Azure resource ids: parsed once at the edge, compared as Azure compares them, without regard to case."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

ACCOUNT_TYPE = "microsoft.cognitiveservices/accounts"
_PROVIDERS = "/providers/"
_RESOURCE = re.compile(
    r"/subscriptions/(?P<subscription>[0-9a-f-]{36})/resourceGroups/(?P<group>[^/]+)"
    r"/providers/(?P<namespace>[^/]+)(?P<path>(?:/[^/]+/[^/]+)+)/?",
    re.IGNORECASE,
)


class ResourceIdError(ValueError):
    """The text is not the id of a resource in a resource group."""


@dataclass(frozen=True)
class ResourceId:
    """The id of a resource in a resource group. Keeps the casing it was read in; equal whatever the casing."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id in `text`; raises ResourceIdError, which says what an id looks like."""
        if not _RESOURCE.fullmatch(text.strip()):
            raise ResourceIdError(
                f"'{text[:200]}' is not a resource id; write "
                "/subscriptions/<id>/resourceGroups/<name>/providers/<namespace>/<type>/<name>"
            )
        return cls(text.strip().rstrip("/"))

    @classmethod
    def account(cls, text: str) -> Self:
        """The id of the Azure AI account in `text`; raises ResourceIdError where it names anything else."""
        found = cls.parse(text)
        if found.type != ACCOUNT_TYPE:
            raise ResourceIdError(f"'{text[:200]}' is not an Azure AI account, its type is {found.type}")
        return found

    @cached_property
    def _parts(self) -> dict[str, str]:
        match = _RESOURCE.fullmatch(self.text)
        if match is None:
            raise ResourceIdError(f"'{self.text[:200]}' is not a resource id")
        return match.groupdict()

    @cached_property
    def key(self) -> str:
        """The lower-case form: what ids are compared and stored by."""
        return self.text.lower()

    @property
    def subscription(self) -> str:
        return self._parts["subscription"].lower()

    @property
    def resource_group(self) -> str:
        return self._parts["group"]

    @property
    def name(self) -> str:
        return self.text.rpartition("/")[2]

    @property
    def type(self) -> str:
        """The full type in lower case, `microsoft.cognitiveservices/accounts/projects` for a project."""
        segments = self._parts["path"].strip("/").split("/")
        return "/".join([self._parts["namespace"], *segments[0::2]]).lower()

    def is_within(self, scope: str) -> bool:
        """True where `scope` is this resource or anything above it: group, subscription or the root."""
        above = scope.rstrip("/").lower()
        return self.key == above or self.key.startswith(above + "/")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text


def account_above(text: str) -> ResourceId | None:
    """The account that the resource `text` names, or lies under (a project, a role assignment); None for any other."""
    match = re.match(
        r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/Microsoft\.CognitiveServices/accounts/[^/]+",
        text.strip(),
        re.IGNORECASE,
    )
    return ResourceId(match.group()) if match else None


def owner_above(text: str) -> ResourceId | None:
    """The account, project or machine-learning workspace that `text` names, or whose connection it names; None for any other."""
    found = re.match(
        r"(/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/"
        r"(?:Microsoft\.CognitiveServices/accounts/[^/]+(?:/projects/[^/]+)?|Microsoft\.MachineLearningServices/workspaces/[^/]+))"
        r"(?:/connections/[^/]+)?/?$",
        text.strip(),
        re.IGNORECASE,
    )
    return ResourceId(found[1]) if found else None


def scope_of_assignment(assignment_id: str) -> str:
    """The scope a role assignment's id lies at: all that stands before the last `/providers/`."""
    scope = assignment_id.lower().rpartition(_PROVIDERS)[0]
    return assignment_id[: len(scope)] or "/"
