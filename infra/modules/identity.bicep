// Two identities that share nothing: the app's and Azure Policy's. Topics have identities of their own.

@description('Region of the identities.')
param location string

@description('Tags of every resource.')
param tags object

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-unkeyed'
  location: location
  tags: tags
}

resource diagnostics 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-unkeyed-diagnostics'
  location: location
  tags: tags
}

output appName string = app.name
output diagnosticsId string = diagnostics.id
output principals object = {
  app: app.properties.principalId
  diagnostics: diagnostics.properties.principalId
  // Of the table, and given their roles elsewhere, or not at all
  events: ''
  policyEditors: ''
}
