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

@description('False: events of subscriptions that could not be delivered are dropped, for where Azure lets no global topic keep them.')
param subscriptionDeadLetters bool = true

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

resource keyVault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  scope: group
  name: vaultName
}

module watched 'modules/subscription-events.bicep' = [for id in watchedSubscriptions: {
  name: 'unkeyed-events-${uniqueString(id, environmentName)}'
  scope: subscription(id)
  params: {
    environmentName: environmentName
    location: location
    appId: app.id
    storageId: storage.id
    // Behind a firewall only an identity gets through, which a global topic cannot have
    keepDeadLetters: subscriptionDeadLetters && storage.properties.networkAcls.defaultAction == 'Allow'
    existingTopicId: existingTopics[?id] ?? ''
    actionGroupIds: actionGroupIds
  }
}]

module vault 'modules/vault-events.bicep' = {
  name: 'unkeyed-vault-events'
  scope: group
  params: {
    vaultName: vaultName
    location: keyVault.location
    appId: app.id
    storageName: storageName
    actionGroupIds: actionGroupIds
  }
}

module groups 'modules/group-events.bicep' = if (!empty(groupTopicName)) {
  name: 'unkeyed-group-events'
  scope: group
  params: {
    topicName: groupTopicName
    appId: app.id
    storageName: storageName
    actionGroupIds: actionGroupIds
  }
}
