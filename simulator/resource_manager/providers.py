"""Resource providers as a subscription sees them. Azure REST: Providers - Get, Register."""

from simulator.resource_manager import versions
from simulator.resource_manager.locations import REGIONS
from simulator.wire import Json, WireFault

_TYPES = {
    "Microsoft.Authorization": ("denyAssignments", "locks", "permissions", "roleAssignments", "roleDefinitions"),
    "Microsoft.CognitiveServices": (
        "accounts", "accounts/connections", "accounts/deployments", "accounts/projects",
        "accounts/projects/connections", "checkDomainAvailability", "deletedAccounts", "locations",
        "locations/checkSkuAvailability", "locations/operationResults", "operations",
    ),
    "Microsoft.EventGrid": (
        "eventSubscriptions", "locations", "operations", "partnerConfigurations", "partnerTopics",
        "partnerTopics/eventSubscriptions", "systemTopics", "systemTopics/eventSubscriptions", "topicTypes", "topics",
    ),
    "Microsoft.Insights": ("diagnosticSettings", "diagnosticSettingsCategories"),
    "Microsoft.OperationalInsights": ("workspaces",),
    "Microsoft.MachineLearningServices": (
        "locations", "locations/workspaceOperationsStatus", "workspaces", "workspaces/connections",
    ),
    "Microsoft.KeyVault": (
        "deletedManagedHSMs", "deletedVaults", "locations", "locations/deletedVaults", "managedHSMs", "operations",
        "vaults",
    ),
    "Microsoft.Resources": ("locations", "operations", "resourceGroups", "resources", "subscriptions", "tenants"),
}  # fmt: skip
# real, and no part of this Azure: types of the providers above, then other providers
_MORE_TYPES = {
    "microsoft.authorization": {
        "accessreviewscheduledefinitions", "checkaccess", "classicadministrators", "dataaliases", "elevateaccess",
        "eligiblechildresources", "operations", "policyassignments", "policydefinitions", "policydefinitions/versions",
        "policyexemptions", "policysetdefinitions", "policysetdefinitions/versions", "provideroperations",
        "roleassignmentscheduleinstances", "roleassignmentschedulerequests", "roleassignmentschedules",
        "roleeligibilityscheduleinstances", "roleeligibilityschedulerequests", "roleeligibilityschedules",
        "rolemanagementpolicies", "rolemanagementpolicyassignments",
    },
    "microsoft.cognitiveservices": {
        "accounts/applications", "accounts/calculatemodelcapacity", "accounts/capabilityhosts",
        "accounts/commitmentplans", "accounts/computes", "accounts/defenderforaisettings",
        "accounts/deployments/pause", "accounts/deployments/resume", "accounts/deployments/skus",
        "accounts/encryptionscopes", "accounts/managednetworks", "accounts/managednetworks/outboundrules",
        "accounts/networksecurityperimeterconfigurations", "accounts/privateendpointconnections",
        "accounts/privatelinkresources", "accounts/projects/applications", "accounts/projects/capabilityhosts",
        "accounts/raiblocklists", "accounts/raiblocklists/addraiblocklistitems",
        "accounts/raiblocklists/deleteraiblocklistitems", "accounts/raiblocklists/raiblocklistitems",
        "accounts/raipolicies", "accounts/raitopics", "attestationdefinitions", "attestations",
        "calculatemodelcapacity", "commitmentplans", "commitmentplans/accountassociations",
        "locations/commitmenttiers", "locations/modelcapacities", "locations/models", "locations/raicontentfilters",
        "locations/resourcegroups", "locations/resourcegroups/deletedaccounts", "locations/usages", "modelcapacities",
        "permissions", "quotatiers", "skus",
    },
    "microsoft.eventgrid": {
        "domains", "domains/eventsubscriptions", "domains/topics", "domains/topics/eventsubscriptions", "eventtypes",
        "extensiontopics", "locations/eventsubscriptions", "locations/operationsstatus", "locations/topictypes",
        "locations/topictypes/eventsubscriptions", "namespaces", "namespaces/topics", "operationsstatus",
        "partnerdestinations", "partnernamespaces", "partnernamespaces/channels", "partnerregistrations",
        "topics/eventsubscriptions", "topics/privateendpointconnections", "topictypes/eventsubscriptions",
        "topictypes/eventtypes", "verifiedpartners",
    },
    "microsoft.insights": {
        "actiongroups", "activitylogalerts", "autoscalesettings", "components", "datacollectionendpoints",
        "datacollectionruleassociations", "datacollectionrules", "eventcategories",
        "eventtypes/values", "logprofiles", "logs", "metricalerts", "metricdefinitions", "metricnamespaces",
        "metrics", "operations", "privatelinkscopes", "scheduledqueryrules", "webtests", "workbooks",
    },
    "microsoft.operationalinsights": {
        "clusters", "deletedworkspaces", "linktargets", "locations", "operations", "querypacks",
        "workspaces/dataexports", "workspaces/datasources", "workspaces/linkedservices",
        "workspaces/linkedstorageaccounts", "workspaces/managementgroups", "workspaces/query",
        "workspaces/savedsearches", "workspaces/schema", "workspaces/sharedkeys", "workspaces/tables",
        "workspaces/usages",
    },
    "microsoft.machinelearningservices": {
        "capacityreservationgroups", "locations/computeoperationsstatus", "locations/quotas", "locations/updatequotas",
        "locations/usages", "locations/vmsizes", "operations", "registries", "registries/codes",
        "registries/codes/versions", "registries/components", "registries/components/versions", "registries/data", "registries/data/versions",
        "registries/datareferences/versions", "registries/environments", "registries/environments/versions",
        "registries/models", "registries/models/versions", "virtualclusters", "workspaces/batchendpoints",
        "workspaces/batchendpoints/deployments", "workspaces/capabilityhosts", "workspaces/codes",
        "workspaces/codes/versions", "workspaces/components", "workspaces/components/versions", "workspaces/computes",
        "workspaces/connections/deployments", "workspaces/connections/listsecrets", "workspaces/connections/models",
        "workspaces/data", "workspaces/data/versions", "workspaces/datastores", "workspaces/diagnose",
        "workspaces/endpoints", "workspaces/endpoints/deployments", "workspaces/environments",
        "workspaces/environments/versions", "workspaces/featuresets", "workspaces/featuresets/versions",
        "workspaces/featuresets/versions/features", "workspaces/featurestoreentities",
        "workspaces/featurestoreentities/versions",
        "workspaces/features", "workspaces/jobs", "workspaces/listkeys", "workspaces/listnotebookaccesstoken",
        "workspaces/listnotebookkeys", "workspaces/liststorageaccountkeys", "workspaces/marketplacesubscriptions",
        "workspaces/models", "workspaces/models/versions", "workspaces/onlineendpoints",
        "workspaces/onlineendpoints/deployments", "workspaces/onlineendpoints/deployments/skus",
        "workspaces/outboundnetworkdependenciesendpoints", "workspaces/outboundrules", "workspaces/preparenotebook", "workspaces/privateendpointconnections",
        "workspaces/privatelinkresources", "workspaces/provisionmanagednetwork", "workspaces/resynckeys",
        "workspaces/schedules", "workspaces/serverlessendpoints", "workspaces/usages",
    },
    "microsoft.keyvault": {
        "checkmhsmnameavailability", "checknameavailability", "hsmpools", "locations/deletedmanagedhsms",
        "locations/operationresults", "managedhsms/keys", "managedhsms/keys/versions",
        "managedhsms/privateendpointconnections", "managedhsms/privatelinkresources", "managedhsms/regions",
        "vaults/accesspolicies", "vaults/keys", "vaults/keys/versions", "vaults/privateendpointconnections",
        "vaults/privatelinkresources", "vaults/secrets",
    },
    "microsoft.resources": {
        "calculatetemplatehash", "changes", "checkresourcename", "checkzonepeers", "deployments",
        "deployments/operations", "deploymentscripts", "deploymentscripts/logs", "deploymentstacks", "links", "tags",
        "templatespecs", "templatespecs/versions",
    },
}  # fmt: skip
# what can be posted to a resource of theirs
_VERBS = {
    "microsoft.authorization": {"cancel", "validate"},
    "microsoft.cognitiveservices": {"listkeys", "reconcile", "regeneratekey"},
    "microsoft.eventgrid": {
        "activate", "authorizepartner", "deactivate", "getdeliveryattributes", "getfullurl", "listkeys", "regeneratekey",
        "unauthorizepartner",
    },
    "microsoft.operationalinsights": {
        "cancelsearch", "listkeys", "migrate", "purge", "regeneratesharedkey", "search",
    },
    "microsoft.machinelearningservices": {
        "backfill", "cancel", "getlogs", "listkeys", "listnodes", "listsecrets", "publish", "regeneratekeys",
        "removeregions", "restart", "start", "startpendingupload", "stop", "token",
    },
    "microsoft.keyvault": {"purge"},
    "microsoft.resources": {"cancel", "exporttemplate", "validate", "whatif"},
}  # fmt: skip
_ELSEWHERE = {
    "microsoft.advisor", "microsoft.alertsmanagement", "microsoft.apimanagement", "microsoft.app",
    "microsoft.appconfiguration", "microsoft.automation", "microsoft.batch", "microsoft.billing", "microsoft.botservice",
    "microsoft.cache", "microsoft.cdn", "microsoft.compute", "microsoft.consumption", "microsoft.containerinstance",
    "microsoft.containerregistry", "microsoft.containerservice", "microsoft.costmanagement", "microsoft.databricks",
    "microsoft.datafactory", "microsoft.dbforpostgresql", "microsoft.devices", "microsoft.documentdb",
    "microsoft.eventhub", "microsoft.features", "microsoft.kusto",
    "microsoft.logic", "microsoft.maintenance", "microsoft.managedidentity",
    "microsoft.managedservices", "microsoft.management", "microsoft.network",
    "microsoft.policyinsights", "microsoft.recoveryservices", "microsoft.relay", "microsoft.resourcegraph",
    "microsoft.resourcehealth", "microsoft.resourcenotifications", "microsoft.search", "microsoft.security",
    "microsoft.servicebus", "microsoft.signalrservice", "microsoft.sql", "microsoft.storage", "microsoft.subscription",
    "microsoft.support", "microsoft.synapse", "microsoft.web",
}  # fmt: skip
_REGIONAL = {"accounts", "deletedAccounts", "partnerTopics", "systemTopics", "topics", "vaults", "workspaces"}


def names() -> list[str]:
    return list(_TYPES)


def is_simulated(namespace: str) -> bool:
    return namespace.lower() in {each.lower() for each in _TYPES}


def is_real(namespace: str) -> bool:
    """True for a provider's namespace that Azure has, simulated here or not."""
    return is_simulated(namespace) or namespace.lower() in _ELSEWHERE


def has_type(namespace: str, kind: str) -> bool:
    """True for a resource type that Azure has in a simulated namespace, simulated itself or not."""
    shown = next((types for name, types in _TYPES.items() if name.lower() == namespace.lower()), ())
    return kind.lower() in {each.lower() for each in shown} | _MORE_TYPES.get(namespace.lower(), set())


def has_verb(namespace: str, kind: str, verb: str) -> bool:
    """True for what can be posted in Azure to a resource of this type, or without one to the provider itself."""
    if not kind:
        return verb.lower() == "unregister"
    return has_type(namespace, kind) and verb.lower() in _VERBS.get(namespace.lower(), set())


def unknown_namespace(namespace: str) -> WireFault:
    return WireFault(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")


def provider(subscription: str, namespace: str) -> Json:
    """The provider, registered as every provider here is; raises Azure's 404 for a namespace that is nobody's."""
    name = next((each for each in _TYPES if each.lower() == namespace.lower()), None)
    if namespace.lower() in _ELSEWHERE:
        raise WireFault(501, "NotImplemented", f"The simulator does not implement the provider '{namespace}'.")
    if name is None:
        raise unknown_namespace(namespace)
    return {
        "id": f"/subscriptions/{subscription}/providers/{name}",
        "namespace": name,
        "resourceTypes": [
            {
                "resourceType": kind,
                "locations": [shown for shown, _ in REGIONS.values()] if kind.partition("/")[0] in _REGIONAL else [],
                "apiVersions": sorted(versions.supported_by(f"{name}/{kind}"), reverse=True),
                "capabilities": "None",
            }
            for kind in _TYPES[name]
        ],
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationFree" if name == "Microsoft.Resources" else "RegistrationRequired",
    }
