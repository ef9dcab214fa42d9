// All that is in the app's own resource group, composed; roles before the app, so that its first start finds them.

@description('Region of everything that has one.')
param location string

@description('What makes the names unique.')
param token string

@description('Tags of every resource.')
param tags object

@description('True: the app in a network of its own, private endpoints for storage and vault.')
param isolateNetwork bool

@description('Application settings that a company may want to set.')
param appOptions object

@description('Most instances of one function.')
param maximumInstanceCount int

@description('What the GUIDs of the custom roles are made of.')
param roleSeed string

@description('Object id of the group that may change the policy blob; empty for nobody.')
param policyEditorsGroupId string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

module identity 'identity.bicep' = {
  name: 'unkeyed-identity'
  params: {
    location: location
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'unkeyed-monitoring'
  params: {
    location: location
    token: token
    tags: tags
    actionGroupIds: actionGroupIds
  }
}

module data 'data.bicep' = {
  name: 'unkeyed-data'
  params: {
    location: location
    token: token
    tags: tags
    isolated: isolateNetwork
    workspaceId: monitoring.outputs.workspaceId
  }
}

module outcomes 'outcomes.bicep' = {
  name: 'unkeyed-outcomes'
  params: {
    location: location
    name: 'unkeyed-outcomes-${token}'
    tags: tags
  }
}

module roles 'resource-roles.bicep' = {
  name: 'unkeyed-roles'
  params: {
    roleSeed: roleSeed
    principals: identity.outputs.principals
    vaultName: data.outputs.vaultName
    topicName: outcomes.outputs.name
    insightsName: monitoring.outputs.insightsName
    workspaceName: monitoring.outputs.workspaceName
  }
}

module storageRoles 'storage-roles.bicep' = {
  name: 'unkeyed-storage-roles'
  params: {
    roleSeed: roleSeed
    principals: union(identity.outputs.principals, {
      policyEditors: policyEditorsGroupId
    })
    storageName: data.outputs.storageName
  }
}

module site 'function-app.bicep' = {
  name: 'unkeyed-function-app'
  params: {
    location: location
    name: 'func-unkeyed-${token}'
    tags: tags
    identityName: identity.outputs.appName
    storageName: data.outputs.storageName
    insightsName: monitoring.outputs.insightsName
    outcomeEndpoint: outcomes.outputs.endpoint
    subnetId: data.outputs.appSubnetId
    maximumInstanceCount: maximumInstanceCount
    options: appOptions
  }
  dependsOn: [roles, storageRoles]
}

module partner 'partner.bicep' = {
  name: 'unkeyed-partner'
}

output appName string = site.outputs.name
output vaultName string = data.outputs.vaultName
output portal string = site.outputs.address
output policyUrl string = site.outputs.policyUrl
output principals object = identity.outputs.principals
output diagnosticsIdentityId string = identity.outputs.diagnosticsId
output workspaceId string = monitoring.outputs.workspaceId
