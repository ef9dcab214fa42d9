// An AI account that is born without keys, for a company's own templates. The right way round: key access is off, whatever is asked
// for, and roles are assigned at the account, not at its resource group. Accounts that are there already are for unkeyed to seal:
// a template that states only a part of an account resets the rest.

@description('Name of the account, and its custom subdomain, without which its endpoint takes no tokens. Unique in Azure.')
@minLength(2)
@maxLength(64)
param name string

@description('Region of the account.')
param location string = resourceGroup().location

@description('Kind of the account: AIServices, OpenAI and so on.')
param kind string = 'AIServices'

@description('Price tier.')
param skuName string = 'S0'

@description('Disabled: private endpoints only. Enabled: reachable from the internet.')
@allowed([
  'Disabled'
  'Enabled'
])
param publicNetworkAccess string = 'Disabled'

@description('Object ids of the groups that may call it.')
param userGroupIds array = []

@description('GUID of the role that they get. The output UNKEYED_KEYLESS_ROLE of unkeyed; the default lets them list the keys, as long as there are any.')
param roleId string = 'a97b65f3-24c7-4388-baec-2e87135dc908'

@description('Resource id of the workspace that its request log goes to; empty for none.')
param workspaceId string = ''

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  kind: kind
  sku: {
    name: skuName
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    customSubDomainName: toLower(name)
    disableLocalAuth: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource users 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for id in userGroupIds: {
  scope: account
  name: guid(account.id, id, roleId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: id
    principalType: 'Group'
  }
}]

resource requestLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(workspaceId)) {
  scope: account
  name: 'requests'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'RequestResponse'
        enabled: true
      }
    ]
  }
}

output endpoint string = account.properties.endpoint
