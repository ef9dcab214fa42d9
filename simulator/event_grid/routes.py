"""Every route of Microsoft.EventGrid."""

from simulator.event_grid import (
    operations,
    partner_configuration_routes,
    partner_topic_routes,
    subscription_routes,
    topic_routes,
)
from simulator.routing import Routes

_MODULES = (operations, topic_routes, partner_configuration_routes, partner_topic_routes, subscription_routes)
ROUTES = Routes([route for each in _MODULES for route in each.ROUTES.table])
