// Secrets that near their end, told to the app, which then rotates.

@description('Name of the vault.')
param vaultName string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the storage account for dead letters.')
param storageId string

@description('Resource id of the identity by which dead letters are kept.')
param identityId string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../events.json').vault

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'unkeyed-${vault.name}'
  location: vault.location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    source: vault.id
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

resource subscribed 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'unkeyed-secrets'
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
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: wanted.eventTypes
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}

module alerts 'delivery-alerts.bicep' = {
  name: 'unkeyed-vault-delivery-alerts'
  params: {
    topicId: topic.id
    actionGroupIds: actionGroupIds
  }
}
