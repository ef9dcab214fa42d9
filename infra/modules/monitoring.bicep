// Where logs go: the app's own, and the accounts' request logs. Telemetry is taken with a token of Entra ID only.

@description('Region of the workspace.')
param location string

@description('What makes the names unique.')
param token string

@description('Tags of every resource.')
param tags object

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

@description('How long logs are kept. The policy\'s quiet period must fit in.')
@minValue(30)
@maxValue(730)
param retentionInDays int = 90

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-unkeyed-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionInDays
    features: {
      disableLocalAuth: true
      // The app reads an account's own rows by its right at the account, and no others
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-unkeyed-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'unkeyed-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'unkeyed'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: replace(loadTextContent('../workbook.json'), '<workspace>', workspace.id)
  }
}

module alerts 'alerts.bicep' = {
  name: 'unkeyed-alerts'
  params: {
    location: location
    tags: tags
    workspaceId: workspace.id
    actionGroupIds: actionGroupIds
  }
  dependsOn: [
    insights
  ]
}

output workspaceId string = workspace.id
output workspaceName string = workspace.name
output insightsName string = insights.name
