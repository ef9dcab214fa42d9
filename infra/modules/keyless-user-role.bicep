// Cognitive Services User as it should be: all data actions of that role, and not the right to list the keys.
// The built-in role lets every member read both keys, so a rotated key is known again within the hour.
targetScope = 'subscription'

@description('GUID of the definition.')
param definitionName string

@description('Display name; unique in the tenant.')
param roleName string

@description('Ids of the subscriptions in which the role can be assigned.')
param subscriptionIds array

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: definitionName
  properties: {
    roleName: roleName
    description: 'Calls models of AI accounts with Microsoft Entra ID. Like Cognitive Services User, but cannot list keys.'
    type: 'CustomRole'
    permissions: [
      loadJsonContent('../keyless-user.json')
    ]
    assignableScopes: [for id in subscriptionIds: '/subscriptions/${id}']
  }
}

output definitionId string = definition.id
