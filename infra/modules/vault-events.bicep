// Secrets that near their end, told to the app, which then rotates.

@description('Name of the vault.')
param vaultName string

@description('Region of the vault, where its topic has to be, too.')
param location string

@description('Resource id of the function app.')
param appId string

@description('Name of the storage account for dead letters.')
param storageName string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../events.json').vault

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'unkeyed-${vault.name}'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: vault.id
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

module deadLetterRole 'dead-letter-role.bicep' = {
  name: 'unkeyed-vault-dead-letters'
  params: {
    storageName: storageName
    topicId: topic.id
    principalId: topic.identity.principalId
  }
}

resource subscribed 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'unkeyed-secrets'
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
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: wanted.eventTypes
    }
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
  name: 'unkeyed-vault-delivery-alerts'
  params: {
    topicId: topic.id
    actionGroupIds: actionGroupIds
  }
}
