// Three identities that share nothing: the app's, the one by which Event Grid keeps dead letters, and Azure Policy's.

@description('Region of the identities.')
param location string

@description('Tags of every resource.')
param tags object

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-unkeyed'
  location: location
  tags: tags
}

resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-unkeyed-events'
  location: location
  tags: tags
}

resource diagnostics 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-unkeyed-diagnostics'
  location: location
  tags: tags
}

output appName string = app.name
output eventsId string = events.id
output diagnosticsId string = diagnostics.id
output principals object = {
  app: app.properties.principalId
  events: events.properties.principalId
  diagnostics: diagnostics.properties.principalId
  policyEditors: ''
}
