"""The state of the simulated Azure: one tenant, every service, rebuilt by `reset()`."""

from pathlib import Path

from simulator.authorization.state import Authorization
from simulator.blobs.state import Blobs
from simulator.clock import Clock
from simulator.cognitive_services.state import CognitiveServices
from simulator.connections.state import Connections
from simulator.directory.state import Directory
from simulator.event_grid.state import EventGrid
from simulator.faults import Faults
from simulator.key_vault.state import KeyVaults
from simulator.knobs import Knobs
from simulator.machine_learning.state import MachineLearning
from simulator.monitor.state import Monitor
from simulator.resource_manager.state import ResourceManager
from simulator.sign_in.state import SignInState
from simulator.sign_in.tokens import SigningKey, Tokens
from simulator.telemetry.state import Telemetry
from simulator.traffic import TrafficLog

TENANT = "72f988bf-0000-4000-8000-00000000c0de"


class Azure:
    """Services reach each other through this object, by the names below."""

    clock: Clock
    knobs: Knobs
    faults: Faults
    directory: Directory
    tokens: Tokens
    sign_in: SignInState
    resources: ResourceManager
    authorization: Authorization
    connections: Connections
    cognitive: CognitiveServices
    machine_learning: MachineLearning
    events: EventGrid
    blobs: Blobs
    vaults: KeyVaults
    telemetry: Telemetry
    monitor: Monitor

    def __init__(self, traffic_directory: Path | None = None) -> None:
        self.traffic = TrafficLog(traffic_directory)
        self.signing_key = SigningKey()
        self.reset()

    def reset(self) -> None:
        """Forgets everything but the signing key and the traffic files."""
        if hasattr(self, "events"):
            self.events.close()
        self.clock = Clock()
        self.knobs = Knobs()
        self.faults = Faults()
        self.traffic.clear()
        self.directory = Directory(TENANT)
        self.tokens = Tokens(self.signing_key, self.directory, self.clock)
        self.sign_in = SignInState(self.tokens, self.clock)
        self.resources = ResourceManager(self)
        self.authorization = Authorization(self)
        self.connections = Connections()
        self.cognitive = CognitiveServices(self)
        self.machine_learning = MachineLearning(self)
        self.events = EventGrid(self)
        self.blobs = Blobs(self)
        self.vaults = KeyVaults(self)
        self.telemetry = Telemetry()
        self.monitor = Monitor(self)
