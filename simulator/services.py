"""Every service that answers for a public host name."""

from simulator.authorization.routes import ROUTES as AUTHORIZATION
from simulator.azure import Azure
from simulator.blobs.service import BlobService
from simulator.cognitive_services.routes import ROUTES as COGNITIVE_SERVICES
from simulator.directory.graph import Graph
from simulator.event_grid.routes import ROUTES as EVENT_GRID
from simulator.event_grid.topic_hosts import TopicHosts
from simulator.inference.service import Inference
from simulator.resource_manager.front import Front
from simulator.resource_manager.routes import ROUTES as RESOURCES
from simulator.server import Service
from simulator.sign_in.service import SignIn
from simulator.telemetry.service import Ingestion


def services_of(azure: Azure) -> list[Service]:
    """The services over one Azure, each for its own hosts."""
    return [
        Front(azure, [COGNITIVE_SERVICES, AUTHORIZATION, EVENT_GRID, RESOURCES]),
        SignIn(azure),
        Graph(azure),
        Inference(azure),
        TopicHosts(azure),
        BlobService(azure),
        Ingestion(azure),
    ]
