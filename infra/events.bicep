// The second stage, once the code is there to answer Event Grid: what the app is told of, in every watched subscription.
// azd runs it by itself (azure.yaml, scripts/after-deploy.sh).
targetScope = 'subscription'

@description('Name of the environment, as in the first stage.')
param environmentName string

@description('Region of the resource groups that hold the system topics of watched subscriptions.')
param location string

@description('Name of the function app.')
param appName string

@description('Name of the storage account with the container for dead letters.')
param storageName string

@description('Name of the vault whose secrets\' ends are told.')
param vaultName string

@description('Ids of the subscriptions whose accounts are looked after.')
param watchedSubscriptions array = [
  subscription().subscriptionId
]

@description('Azure allows one system topic for each subscription. Those there are already, by the subscription\'s id: their resource ids.')
param existingTopics object = {}

@description('True: system topics of subscriptions keep dead letters by an identity, where Azure offers one to topics that are global.')
param topicIdentity bool = false

@description('Name of the partner topic of Microsoft Graph, once it is there and activated. Empty: changes of groups are found on schedule.')
param groupTopicName string = ''

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array = []

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' existing = {
  name: 'rg-unkeyed-${environmentName}'
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  scope: group
  name: appName
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  scope: group
  name: storageName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  scope: group
  name: 'id-unkeyed-events'
}

module watched 'modules/subscription-events.bicep' = [for id in watchedSubscriptions: {
  name: 'unkeyed-events-${uniqueString(id, environmentName)}'
  scope: subscription(id)
  params: {
    environmentName: environmentName
    location: location
    appId: app.id
    storageId: storage.id
    identityId: topicIdentity ? identity.id : ''
    existingTopicId: existingTopics[?id] ?? ''
    actionGroupIds: actionGroupIds
  }
}]

module vault 'modules/vault-events.bicep' = {
  name: 'unkeyed-vault-events'
  scope: group
  params: {
    vaultName: vaultName
    appId: app.id
    storageId: storage.id
    identityId: identity.id
    actionGroupIds: actionGroupIds
  }
}

module groups 'modules/group-events.bicep' = if (!empty(groupTopicName)) {
  name: 'unkeyed-group-events'
  scope: group
  params: {
    topicName: groupTopicName
    appId: app.id
    storageId: storage.id
    identityId: identity.id
    actionGroupIds: actionGroupIds
  }
}
