// Lets a topic keep what could not be delivered, by the table roles.json. By the topic's own identity: where the storage account has
// a firewall, Event Grid takes no other ("Firewall and virtual network rules" of managed identities).

@description('Name of the storage account.')
param storageName string

@description('Resource id of the topic.')
param topicId string

@description('Object id of the topic\'s identity.')
param principalId string

var deadLetterRoles = filter(loadJsonContent('../roles.json').roles, role => role.scope == 'deadLetters')

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: 'dead-letters'
    }
  }
}

resource onDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in deadLetterRoles: {
  scope: storage::blobs::deadLetters
  name: guid(storage::blobs::deadLetters.id, topicId, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? '')
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]
