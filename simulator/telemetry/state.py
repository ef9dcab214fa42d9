"""What was sent to Application Insights, in the order it came."""

from simulator.wire import Json


class Telemetry:
    def __init__(self) -> None:
        self.envelopes: list[Json] = []

    def keep(self, envelopes: list[Json]) -> None:
        self.envelopes.extend(envelopes)

    def of_type(self, base_type: str) -> list[Json]:
        """The data of every envelope of one type, as `RequestData` or `MessageData`."""
        found = [each.get("data") or {} for each in self.envelopes]
        return [each.get("baseData") or {} for each in found if each.get("baseType") == base_type]
