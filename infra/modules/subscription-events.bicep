// In one watched subscription: a resource group with the system topic, unless the subscription has a topic, and what is asked of it.
targetScope = 'subscription'

@description('Name of the environment.')
param environmentName string

@description('Region of the resource group. The topic itself is global.')
param location string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the storage account for dead letters.')
param storageId string

@description('True: what could not be delivered is kept.')
param keepDeadLetters bool

@description('Resource id of the system topic that there is; empty for none.')
param existingTopicId string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var isNew = empty(existingTopicId)
var groupName = isNew ? 'rg-unkeyed-events-${environmentName}' : split(existingTopicId, '/')[4]
var topicName = isNew ? 'unkeyed-${subscription().subscriptionId}' : last(split(existingTopicId, '/'))

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = if (isNew) {
  name: groupName
  location: location
}

module topic 'system-topic.bicep' = if (isNew) {
  name: 'unkeyed-topic'
  scope: resourceGroup(groupName)
  params: {
    name: topicName
    source: subscription().id
  }
  dependsOn: [
    group
  ]
}

module events 'resource-events.bicep' = {
  name: 'unkeyed-events-${environmentName}'
  scope: resourceGroup(groupName)
  params: {
    environmentName: environmentName
    topicName: topicName
    appId: appId
    storageId: storageId
    keepDeadLetters: keepDeadLetters
    actionGroupIds: actionGroupIds
  }
  dependsOn: [
    topic
  ]
}
