"""Times and habits of the simulated Azure that `/_sim/knobs` can turn. Defaults are awkward but short."""

from dataclasses import asdict, dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Knobs:
    """All times in seconds."""

    role_propagation: float = 2.0  # a role assignment made or removed, until the data plane knows (Azure: up to 300)
    principal_replication: float = 2.0  # a new principal, until Authorization finds it (Azure: minutes)
    role_definition_replication: float = 1.0  # a new custom role, until it can be assigned (Azure: about a minute)
    provisioning: float = 1.0  # an account in Creating before Succeeded; a project or deployment in Accepted first
    local_auth_lag: float = 2.0  # disableLocalAuth changed, until the data plane knows (Azure: minutes to hours)
    secret_deletion: float = 1.0  # a secret deleted, recovered or purged, until that is done
    near_expiry_delay: float = 2.0  # a secret set with less than 30 days left, until SecretNearExpiry (Azure: minutes)
    latency: float = 0.0  # added to every answer
    event_delay: float = 0.0  # from a write to the first delivery of its event
    event_retry_scale: float = 0.1  # multiplies Event Grid's retry schedule of 10 s, 30 s, 1 min …
    token_buckets: bool = True  # Resource Manager's throttling
    bucket_scale: float = 1.0  # multiplies the buckets' sizes and refill rates
    casing: str = "vary"  # "vary": ids come back in other casings, as Azure's do; "keep": as they were sent
    page_size: int = 50  # items per page of a list
    connection_type_change_refused: str = ""  # pattern of connection ids whose authType cannot be changed, "*": all
    role_assignments: int = 4000  # that one subscription takes
    log_ingestion: float = 1.0  # a call to an account, until a query finds its row (Azure: minutes)
    log_query_rows: int = 500_000  # that one answer holds; beyond it is cut and says so
    log_object_id: str = "objectId"  # what a row calls the Entra ID caller (seen in Azure: objectid, callerObjectId)
    delta_token_lifetime: float = 604_800.0  # a link of Microsoft Graph's change tracking, until it is refused
    delta_token_refusal: int = 410  # the status of that refusal (seen in Azure: 400 too)
    delta_members: int = 1000  # members that a page of change tracking holds
    reauthorization_ahead: float = 10_800.0  # before a Graph subscription's end, when its reauthorization is asked for
    reauthorization_patience: float = 3600.0  # from then on unanswered, until the subscription's events are dropped
    partner_topic_activation: float = 604_800.0  # a partner topic that nobody activates, until it is gone
    partner_topic_operators: float = 1.0  # from its making until the company activates its own; below 0: never

    def turned(self, changes: dict[str, object]) -> "Knobs":
        """These knobs with some turned; raises ValueError for an unknown name or a value of the wrong type."""
        types = {each.name: type(each.default) for each in fields(self)}
        for name, value in changes.items():
            if name not in types:
                raise ValueError(f"there is no knob '{name}'; knobs are {', '.join(sorted(types))}")
            fits = isinstance(value, types[name]) or (types[name] is float and isinstance(value, int))
            if not fits or (types[name] is not bool and isinstance(value, bool)):
                raise ValueError(f"knob '{name}' takes a {types[name].__name__}, not {value!r}")
        return replace(self, **changes)  # type: ignore[arg-type]  # checked just above

    def as_dict(self) -> dict[str, object]:
        return asdict(self)
