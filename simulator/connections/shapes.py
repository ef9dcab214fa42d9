"""What a connection can say. Azure REST: Account Connections, Project Connections, Workspace Connections - Create."""

from simulator.cognitive_services.shapes import Choice
from simulator.wire import Json

# by authentication type: the credentials it takes, None where it has none
CREDENTIALS: dict[str, Json | None] = {
    "AAD": None,
    "None": None,
    "ApiKey": {"key": str},
    "AccountKey": {"key": str},
    "CustomKeys": {"keys": {"*": str}},
    "AccessKey": {"accessKeyId": str, "secretAccessKey": str},
    "ManagedIdentity": {"clientId": str, "resourceId": str},
    "PAT": {"pat": str},
    "SAS": {"sas": str},
    "ServicePrincipal": {"clientId": str, "clientSecret": str, "tenantId": str},
    "UsernamePassword": {"username": str, "password": str, "securityToken": str},
    "OAuth2": dict.fromkeys(
        ("authUrl", "clientId", "clientSecret", "developerToken", "password", "refreshToken", "tenantId", "username"),
        str,
    ),
    "DelegatedSAS": {"sas": str},
    "ProjectManagedIdentity": None,
    "AccountManagedIdentity": None,
    "UserEntraToken": None,
    "AgentUserImpersonation": None,
    "AgenticIdentityToken": None,
    "AgenticUser": None,
}
NEEDED: dict[str, tuple[str, ...]] = {
    "ApiKey": ("key",),
    "AccountKey": ("key",),
    "CustomKeys": ("keys",),
    "AccessKey": ("accessKeyId", "secretAccessKey"),
    "PAT": ("pat",),
    "SAS": ("sas",),
    "ServicePrincipal": ("clientId", "clientSecret", "tenantId"),
    "UsernamePassword": ("username", "password"),
    "OAuth2": ("clientId", "clientSecret"),
}
SECRETS = frozenset(
    {"key", "secretAccessKey", "pat", "sas", "clientSecret", "password", "securityToken", "developerToken",
     "refreshToken"}
)  # fmt: skip

_GROUPS: dict[str, tuple[str, ...]] = {
    "AzureAI": ("AzureOpenAI", "AIServices", "CognitiveService", "CognitiveSearch"),
    "Azure": (
        "ADLSGen2", "ApiManagement", "AppConfig", "AppInsights", "AzureBlob", "AzureContainerAppEnvironment",
        "AzureDatabricksDeltaLake", "AzureDataExplorer", "AzureKeyVault", "AzureOneLake", "AzureStorageAccount",
        "AzureTableStorage", "ContainerRegistry", "CosmosDb", "CosmosDbMongoDbApi", "ManagedOnlineEndpoint",
    ),
    "Database": (
        "AmazonRdsForOracle", "AmazonRdsForSqlServer", "AmazonRedshift", "AzureMariaDb", "AzureMySqlDb",
        "AzurePostgresDb", "AzureSqlDb", "AzureSqlMi", "AzureSynapseAnalytics", "Db2", "Drill", "GoogleBigQuery",
        "Greenplum", "Hbase", "Hive", "Impala", "Informix", "MariaDb", "MicrosoftAccess", "MySql", "Netezza", "Oracle",
        "Phoenix", "PostgreSql", "Presto", "Redis", "SapBw", "SapHana", "SapOpenHub", "SapTable", "Snowflake", "Spark",
        "SqlServer", "Sybase", "Teradata", "Vertica",
    ),
    "NoSQL": ("Cassandra", "Couchbase", "MongoDbAtlas", "MongoDbV2"),
    "File": (
        "AmazonS3Compatible", "FileServer", "FtpServer", "GoogleCloudStorage", "Hdfs", "OracleCloudStorage", "S3",
        "Sftp",
    ),
    "GenericProtocol": ("GenericHttp", "GenericRest", "ODataRest", "Odbc"),
    "ServicesAndApps": (
        "AmazonMws", "ApiKey", "BingLLMSearch", "Concur", "CustomKeys", "Databricks", "Dynamics", "DynamicsAx",
        "DynamicsCrm", "Elasticsearch", "Eloqua", "GenericContainerRegistry", "Git", "GoogleAdWords",
        "GroundingWithBingSearch", "GroundingWithCustomSearch", "Hubspot", "Jira", "Magento", "Marketo",
        "MicrosoftFabric", "ModelGateway", "Office365", "OpenAI", "OracleServiceCloud", "PayPal", "Pinecone",
        "PowerPlatformEnvironment", "PythonFeed", "QuickBooks", "RemoteA2A", "RemoteTool", "Responsys", "Salesforce",
        "SalesforceMarketingCloud", "SalesforceServiceCloud", "SapCloudForCustomer", "SapEcc", "Serp", "Serverless",
        "ServiceNow", "SharePointOnlineList", "Sharepoint", "Shopify", "Square", "WebTable", "Xero", "Zoho",
    ),
}  # fmt: skip
GROUP_OF = {category: group for group, categories in _GROUPS.items() for category in categories}
DATA = frozenset({"ADLSGen2", "AzureBlob", "AzureOneLake"})  # listed only where all are asked for

PROPERTIES: Json = {
    "authType": Choice(CREDENTIALS),
    "category": Choice(GROUP_OF),
    "target": str,
    "metadata": {"*": str},
    "isSharedToAll": bool,
    "sharedUserList": [str],
    "expiryTime": str,
    "error": str,
    "peRequirement": Choice(("Required", "NotRequired", "NotApplicable")),
    "peStatus": Choice(("Inactive", "Active", "NotApplicable")),
    "useWorkspaceManagedIdentity": bool,
    "value": str,
    "valueFormat": Choice(("JSON",)),
    # of later api-versions
    "audience": str,
    "authorizationUrl": str,
    "connectorName": str,
    "refreshUrl": str,
    "scopes": [str],
    "tokenUrl": str,
}
LATER = ("value", "valueFormat", "audience", "authorizationUrl", "connectorName", "refreshUrl", "scopes", "tokenUrl")
