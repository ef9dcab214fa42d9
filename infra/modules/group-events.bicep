// Changes of groups, by the partner topic that Microsoft Graph has made, told to the app. scripts/follow-groups.sh prepares the topic.
// No filter by type: nothing else comes by this topic, and Microsoft's documents write the types in two casings.

@description('Name of the partner topic.')
param topicName string

@description('Resource id of the function app.')
param appId string

@description('Name of the storage account for dead letters.')
param storageName string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../events.json').groups

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

// follow-groups.sh has given it an identity of its own
resource topic 'Microsoft.EventGrid/partnerTopics@2025-02-15' existing = {
  name: topicName
}

module deadLetterRole 'dead-letter-role.bicep' = {
  name: 'unkeyed-group-dead-letters'
  params: {
    storageName: storageName
    topicId: topic.id
    principalId: topic.identity.principalId
  }
}

resource subscribed 'Microsoft.EventGrid/partnerTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'unkeyed-groups'
  properties: {
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storage.id
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
  dependsOn: [
    deadLetterRole
  ]
}

module alerts 'delivery-alerts.bicep' = {
  name: 'unkeyed-group-delivery-alerts'
  params: {
    topicId: topic.id
    actionGroupIds: actionGroupIds
  }
}
