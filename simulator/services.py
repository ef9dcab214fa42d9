"""Every service that answers for a public host name."""

from simulator.authorization.routes import ROUTES as AUTHORIZATION
from simulator.azure import Azure
from simulator.blobs.service import BlobService
from simulator.cognitive_services.routes import ROUTES as COGNITIVE_SERVICES
from simulator.directory.graph import Graph
from simulator.event_grid.routes import ROUTES as EVENT_GRID
from simulator.event_grid.topic_hosts import TopicHosts
from simulator.inference.service import Inference
from simulator.key_vault.routes import ROUTES as KEY_VAULT
from simulator.key_vault.service import KeyVault
from simulator.machine_learning.routes import ROUTES as MACHINE_LEARNING
from simulator.monitor.query_service import LogAnalytics
from simulator.monitor.routes import ROUTES as MONITOR
from simulator.resource_manager.front import Front
from simulator.resource_manager.routes import ROUTES as RESOURCES
from simulator.server import Service
from simulator.sign_in.service import SignIn
from simulator.telemetry.service import Ingestion


def services_of(azure: Azure) -> list[Service]:
    """The services over one Azure, each for its own hosts."""
    return [
        Front(azure, [COGNITIVE_SERVICES, MACHINE_LEARNING, AUTHORIZATION, EVENT_GRID, KEY_VAULT, MONITOR, RESOURCES]),
        SignIn(azure),
        Graph(azure),
        Inference(azure),
        TopicHosts(azure),
        BlobService(azure),
        KeyVault(azure),
        Ingestion(azure),
        LogAnalytics(azure),
    ]
