// Who may do what at the resources beside the app, by the table roles.json.

@description('What the GUIDs of the custom roles are made of.')
param roleSeed string

@description('Object ids by the names that the table uses for identities; empty for those that there are not.')
param principals object

@description('Name of the vault.')
param vaultName string

@description('Name of the custom topic.')
param topicName string

@description('Name of the Application Insights resource.')
param insightsName string

@description('Name of the workspace.')
param workspaceName string

var table = filter(loadJsonContent('../roles.json').roles, role => !empty(principals[role.identity]))
var vaultRoles = filter(table, role => role.scope == 'vault')
var topicRoles = filter(table, role => role.scope == 'topic')
var insightsRoles = filter(table, role => role.scope == 'insights')
var workspaceRoles = filter(table, role => role.scope == 'workspace')
var groupRoles = filter(table, role => role.scope == 'resourceGroup')

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in vaultRoles: {
  scope: vault
  name: guid(vault.id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]

resource onTopic 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in topicRoles: {
  scope: topic
  name: guid(topic.id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in insightsRoles: {
  scope: insights
  name: guid(insights.id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]

resource onWorkspace 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in workspaceRoles: {
  scope: workspace
  name: guid(workspace.id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]

resource onGroup 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in groupRoles: {
  name: guid(resourceGroup().id, principals[role.identity], roleSeed, role.key)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.?roleDefinitionId ?? guid(roleSeed, role.key))
    principalId: principals[role.identity]
    principalType: 'ServicePrincipal'
    description: role.why
  }
}]
