// Changes of groups, by the partner topic that Microsoft Graph has made, told to the app. scripts/follow-groups.sh prepares the topic.
// No filter by type: nothing else comes by this topic, and Microsoft's documents write the types in two casings.

@description('Name of the partner topic.')
param topicName string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the storage account for dead letters.')
param storageId string

@description('Resource id of the identity by which dead letters are kept; the topic must have it.')
param identityId string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../events.json').groups

resource topic 'Microsoft.EventGrid/partnerTopics@2025-02-15' existing = {
  name: topicName
}

resource subscribed 'Microsoft.EventGrid/partnerTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'unkeyed-groups'
  properties: {
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'UserAssigned'
        userAssignedIdentity: identityId
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storageId
          blobContainerName: 'dead-letters'
        }
      }
    }
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${appId}/functions/${wanted.function}'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}

module alerts 'delivery-alerts.bicep' = {
  name: 'unkeyed-group-delivery-alerts'
  params: {
    topicId: topic.id
    actionGroupIds: actionGroupIds
  }
}
