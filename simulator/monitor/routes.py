"""Routes of Microsoft.Insights and Microsoft.OperationalInsights in Resource Manager."""

from simulator.monitor import category_routes, setting_routes, workspace_routes
from simulator.routing import Routes

ROUTES = Routes([*setting_routes.ROUTES.table, *category_routes.ROUTES.table, *workspace_routes.ROUTES.table])
