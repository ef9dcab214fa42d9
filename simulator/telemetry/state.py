"""What was sent to Application Insights, in the order it came, and the resources it may be sent to."""

from simulator.wire import Json


class Telemetry:
    def __init__(self) -> None:
        self.envelopes: list[Json] = []
        self.components: dict[str, str] = {}  # instrumentation key → id of a resource that takes tokens only

    def add_component(self, key: str, resource_id: str) -> None:
        """A resource with local authentication off. One that is not known takes what comes, as those with it on do."""
        self.components[key.lower()] = resource_id

    def keep(self, envelopes: list[Json]) -> None:
        self.envelopes.extend(envelopes)

    def of_type(self, base_type: str) -> list[Json]:
        """The data of every envelope of one type, as `RequestData` or `MessageData`."""
        found = [each.get("data") or {} for each in self.envelopes]
        return [each.get("baseData") or {} for each in found if each.get("baseType") == base_type]
