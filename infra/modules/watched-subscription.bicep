// What the app's identity may do in one watched subscription, by the table roles.json; and the policy for request logs.
targetScope = 'subscription'

@description('Name of the environment.')
param environmentName string

@description('What the GUIDs of the custom roles are made of.')
param roleSeed string

@description('GUIDs of the roles that the app may grant.')
param grantableRoleIds array

@description('Object id of the app\'s identity.')
param principalId string

@description('Region of the policy assignment.')
param location string

@description('True: Azure Policy has accounts send their request logs to the workspace.')
param diagnosticsByPolicy bool

@description('Resource id of the identity that Azure Policy works with.')
param diagnosticsIdentityId string

@description('Object id of the identity that Azure Policy works with.')
param diagnosticsPrincipalId string

@description('Resource id of the workspace that request logs go to.')
param workspaceId string

var table = loadJsonContent('../roles.json')
var appRoles = filter(table.roles, role => role.identity == 'app' && role.scope == 'subscription')
var policyRoles = filter(table.roles, role => diagnosticsByPolicy && role.identity == 'diagnostics' && role.scope == 'subscription')
var grantable = join(grantableRoleIds, ', ')
var quoted = [for type in table.principalTypes: '\'${type}\'']
var principalTypes = join(quoted, ', ')
var texts = [for role in appRoles: join(role.?condition ?? [], ' ')]
var conditions = [for text in texts: replace(replace(text, '<roles>', grantable), '<principalTypes>', principalTypes)]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (role, i) in appRoles: {
  name: guid(subscription().id, principalId, roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: role.why
    condition: empty(conditions[i]) ? null : conditions[i]
    conditionVersion: empty(conditions[i]) ? null : '2.0'
  }
}]

resource policyAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in policyRoles: {
  name: guid(subscription().id, diagnosticsPrincipalId, roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: diagnosticsPrincipalId
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]

module diagnostics 'diagnostics-policy.bicep' = if (diagnosticsByPolicy) {
  name: 'unkeyed-diagnostics-${environmentName}'
  params: {
    environmentName: environmentName
    location: location
    identityId: diagnosticsIdentityId
    writerRoleId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(roleSeed, 'diagnosticsWriter'))
    workspaceId: workspaceId
  }
  dependsOn: [
    policyAssignments
  ]
}
