// What the app keeps: storage and vault, and the network around them where there is one.

@description('Region of everything that has one.')
param location string

@description('What makes the names unique.')
param token string

@description('Tags of every resource.')
param tags object

@description('True: private endpoints for storage and vault.')
param isolated bool

@description('Resource id of the workspace that access is logged in.')
param workspaceId string

var defaultAction = isolated ? 'Deny' : 'Allow'

module storage 'storage.bicep' = {
  name: 'unkeyed-storage'
  params: {
    location: location
    name: 'stunkeyed${token}'
    tags: tags
    defaultAction: defaultAction
    workspaceId: workspaceId
  }
}

module vault 'vault.bicep' = {
  name: 'unkeyed-vault'
  params: {
    location: location
    name: 'kv-unkeyed-${token}'
    tags: tags
    publicNetworkAccess: isolated ? 'Disabled' : 'Enabled'
    defaultAction: defaultAction
    workspaceId: workspaceId
  }
}

module network 'network.bicep' = if (isolated) {
  name: 'unkeyed-network'
  params: {
    location: location
    tags: tags
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
  }
}

output storageName string = storage.outputs.name
output vaultName string = vault.outputs.name
output appSubnetId string = isolated ? network!.outputs.appSubnetId : ''
