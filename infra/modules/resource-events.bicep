// What Resource Manager does to accounts, their connections and role assignments, told to the app. events.json has the names.
// Dead letters without an identity of the topic's: Azure refuses one to topics in the location global ("Assign a managed identity
// to an Event Grid system topic").

@description('Name of the environment: several may have the app subscribed to one topic.')
param environmentName string

@description('Name of the system topic of the subscription.')
param topicName string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the storage account for dead letters.')
param storageId string

@description('True: what could not be delivered is kept.')
param keepDeadLetters bool

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../events.json').resource
var deadLetter = keepDeadLetters ? {
  deadLetterDestination: {
    endpointType: 'StorageBlob'
    properties: {
      resourceId: storageId
      blobContainerName: 'dead-letters'
    }
  }
} : {}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource subscribed 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'unkeyed-resources-${environmentName}'
  properties: union(deadLetter, {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${appId}/functions/${wanted.function}'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: wanted.eventTypes
      // 25 values in all advanced filters of one event subscription
      advancedFilters: [
        {
          operatorType: 'StringIn'
          key: 'data.operationName'
          values: wanted.operations
        }
      ]
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  })
}

module alerts 'delivery-alerts.bicep' = {
  name: 'unkeyed-delivery-alerts'
  params: {
    topicId: topic.id
    actionGroupIds: actionGroupIds
  }
}
