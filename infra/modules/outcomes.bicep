// The custom topic that tells portals and chat hooks what the app did. It takes and gives CloudEvents, and no keys.

@description('Region of the topic.')
param location string

@description('Name of the topic.')
param name string

@description('Tags of every resource.')
param tags object

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  // For those who subscribe and want dead letters kept
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

output name string = topic.name
output endpoint string = topic.properties.endpoint
