// The app's settings: those that docs/settings.md names, and those by which the Functions host signs in with the identity.

@description('Name of the function app.')
param siteName string

@description('Client id of the app\'s identity.')
param clientId string

@description('Name of the storage account.')
param storageName string

@description('Address of the container that has the policy.')
param policyContainer string

@description('Name of the Application Insights resource.')
param insightsName string

@description('Where outcomes are published to.')
param outcomeEndpoint string

// policy, sweepSchedule, groupsSchedule, passSeconds, groupTopicId, groupTopicLocation, portalClientId, portalTenant,
// portalOrigins, portalCallsPerMinute
@description('What a company may want to set, by the names that are read below.')
param options object

var policyUrl = options.?policy ?? '${policyContainer}/unkeyed.yaml'
var groupTopicId = options.?groupTopicId ?? ''
var portalClientId = options.?portalClientId ?? ''

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: siteName
}

var host = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  AzureWebJobsDisableHomepage: 'true'
}
var own = {
  AZURE_CLIENT_ID: clientId
  UNKEYED_CREDENTIAL: 'managed-identity'
  UNKEYED_POLICY: policyUrl
  UNKEYED_OUTCOME_TOPIC: outcomeEndpoint
  UNKEYED_SWEEP_SCHEDULE: options.?sweepSchedule ?? '0 7 * * * *'
  UNKEYED_GROUPS_SCHEDULE: options.?groupsSchedule ?? '0 17 * * * *'
  UNKEYED_PASS_SECONDS: options.?passSeconds ?? '90'
}
var groups = empty(groupTopicId) ? {} : {
  UNKEYED_GROUP_TOPIC: groupTopicId
  UNKEYED_GROUP_TOPIC_LOCATION: options.?groupTopicLocation ?? resourceGroup().location
}
var portal = empty(portalClientId) ? {} : {
  UNKEYED_PORTAL_CLIENT_ID: portalClientId
  UNKEYED_PORTAL_TENANT: options.?portalTenant ?? tenant().tenantId
  UNKEYED_PORTAL_SIGN_IN: environment().authentication.loginEndpoint
  UNKEYED_PORTAL_ORIGINS: options.?portalOrigins ?? ''
  UNKEYED_PORTAL_CALLS_PER_MINUTE: options.?portalCallsPerMinute ?? '300'
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union(host, own, groups, portal)
}

// Publishing takes a token of Entra ID, and no password
resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [for each in ['ftp', 'scm']: {
  parent: site
  name: each
  properties: {
    allow: false
  }
}]

output policyUrl string = policyUrl
