// The custom roles of roles.json, and the one for users. Defined once, to be assigned in every watched subscription.
targetScope = 'subscription'

@description('Name of the environment: names of custom roles are unique in a tenant.')
param environmentName string

@description('What the GUIDs of the custom roles are made of.')
param roleSeed string

@description('Ids of the subscriptions in which the roles can be assigned.')
param subscriptionIds array

var custom = filter(loadJsonContent('../roles.json').roles, role => contains(role, 'custom'))
var scopes = [for id in subscriptionIds: '/subscriptions/${id}']

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [for role in custom: {
  name: guid(roleSeed, role.key)
  properties: {
    roleName: '${role.name} (${environmentName})'
    description: role.why
    type: 'CustomRole'
    permissions: [
      {
        actions: role.?custom.?actions ?? []
        notActions: []
        dataActions: role.?custom.?dataActions ?? []
        notDataActions: []
      }
    ]
    assignableScopes: scopes
  }
}]

module keylessUser 'keyless-user-role.bicep' = {
  name: 'unkeyed-keyless-user'
  params: {
    definitionName: guid(roleSeed, 'keylessUser')
    roleName: 'Cognitive Services User without keys (${environmentName})'
    subscriptionIds: subscriptionIds
  }
}
