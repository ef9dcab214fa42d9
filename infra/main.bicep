// unkeyed in one deployment: everything the function app needs, none of it with a key.
// The first stage. Event subscriptions follow by events.bicep, once the code is there to answer Event Grid.
targetScope = 'subscription'

@description('Name of this environment; goes into the names of the resource group and of the custom roles.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything that has one. It must offer Flex Consumption.')
param location string

@description('Ids of the subscriptions whose accounts are looked after.')
param watchedSubscriptions array = [
  subscription().subscriptionId
]

@description('GUIDs of the roles that the policy grants; the app can grant no other. Cognitive Services User and Foundry User.')
param grantableRoleIds array = [
  'a97b65f3-24c7-4388-baec-2e87135dc908'
  '53ca6127-db72-4b80-b1b0-d745d6d5456d'
]

@description('Object id of the group that may change the policy blob. Empty: nobody is given that right here.')
param policyEditorsGroupId string = ''

@description('Application settings that a company may want to set; modules/settings.bicep says which and what each is for.')
param appOptions object = {}

@description('Where alerts go: ids of action groups. Empty: alerts fire and tell nobody.')
param actionGroupIds array = []

@description('True: the app in a network of its own, private endpoints for storage and vault.')
param isolateNetwork bool = false

@description('True: Azure Policy has accounts send their request logs to the workspace, without which no key can be known to be unused.')
param diagnosticsByPolicy bool = true

@description('Most instances that Flex Consumption may start for one function.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

var tags = {
  'azd-env-name': environmentName
  workload: 'unkeyed'
}
var token = uniqueString(subscription().id, environmentName, location)
// Custom roles have fixed ids, so that whoever assigns them need not wait to be told
var roleSeed = '${subscription().id}/${environmentName}'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-unkeyed-${environmentName}'
  location: location
  tags: tags
}

module roleDefinitions 'modules/role-definitions.bicep' = {
  name: 'unkeyed-role-definitions'
  params: {
    environmentName: environmentName
    roleSeed: roleSeed
    subscriptionIds: union(watchedSubscriptions, [
      subscription().subscriptionId
    ])
  }
}

module app 'modules/app.bicep' = {
  name: 'unkeyed-app'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    isolateNetwork: isolateNetwork
    appOptions: appOptions
    maximumInstanceCount: maximumInstanceCount
    roleSeed: roleSeed
    policyEditorsGroupId: policyEditorsGroupId
    actionGroupIds: actionGroupIds
  }
  dependsOn: [
    roleDefinitions
  ]
}

module watched 'modules/watched-subscription.bicep' = [for id in watchedSubscriptions: {
  name: 'unkeyed-watched-${uniqueString(id, environmentName)}'
  scope: subscription(id)
  params: {
    environmentName: environmentName
    roleSeed: roleSeed
    grantableRoleIds: union(grantableRoleIds, [
      guid(roleSeed, 'keylessUser')
    ])
    principalId: app.outputs.principals.app
    location: location
    diagnosticsByPolicy: diagnosticsByPolicy
    diagnosticsIdentityId: app.outputs.diagnosticsIdentityId
    diagnosticsPrincipalId: app.outputs.principals.diagnostics
    workspaceId: app.outputs.workspaceId
  }
}]

output AZURE_RESOURCE_GROUP string = group.name
output UNKEYED_APP string = app.outputs.appName
output UNKEYED_PORTAL string = app.outputs.portal
output UNKEYED_POLICY string = app.outputs.policyUrl
output UNKEYED_VAULT string = app.outputs.vaultName
output UNKEYED_WATCHED_SUBSCRIPTIONS array = watchedSubscriptions
output UNKEYED_ACTION_GROUPS array = actionGroupIds

@description('Object id of the app\'s identity: scripts/grant-graph.sh gives it what it may read in Microsoft Graph.')
output UNKEYED_PRINCIPAL_ID string = app.outputs.principals.app

@description('GUID of the role whose holders call models and cannot list keys; for the policy\'s grants.')
output UNKEYED_KEYLESS_ROLE string = guid(roleSeed, 'keylessUser')
