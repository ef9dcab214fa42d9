// Who may do what in the storage account and with the policy, by the table roles.json.

@description('What the GUIDs of the custom roles are made of.')
param roleSeed string

@description('Object ids by the names that the table uses for identities; empty for those that there are not.')
param principals object

@description('Name of the storage account.')
param storageName string

var table = filter(loadJsonContent('../roles.json').roles, role => !empty(principals[role.identity]))
var storageRoles = filter(table, role => role.scope == 'storage')
var policyRoles = filter(table, role => role.scope == 'policy')

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource policy 'containers' existing = {
      name: 'policy'
    }
  }
}

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in storageRoles: {
  scope: storage
  name: guid(storage.id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]

resource onPolicy 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in policyRoles: {
  scope: storage::blobs::policy
  name: guid(storage::blobs::policy.id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'Group'
    description: role.why
  }
}]
