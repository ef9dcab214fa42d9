// The function app on Flex Consumption: Python 3.13, one user-assigned identity, no keys, no publishing passwords.

@description('Region of the app.')
param location string

@description('Name of the app.')
param name string

@description('Tags of every resource.')
param tags object

@description('Name of the app\'s identity.')
param identityName string

@description('Name of the storage account.')
param storageName string

@description('Name of the Application Insights resource.')
param insightsName string

@description('Where outcomes are published to.')
param outcomeEndpoint string

@description('Subnet that calls leave by; empty for none.')
param subnetId string

@description('Most instances of one function.')
param maximumInstanceCount int

@description('Memory of an instance, in MB: 512, 2048 or 4096.')
param instanceMemoryMB int = 2048

@description('What a company may want to set; settings.bicep says which.')
param options object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'unkeyed'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
    }
  }
}

module settings 'settings.bicep' = {
  name: 'unkeyed-settings'
  params: {
    siteName: site.name
    clientId: identity.properties.clientId
    storageName: storage.name
    policyContainer: '${storage.properties.primaryEndpoints.blob}policy'
    insightsName: insightsName
    outcomeEndpoint: outcomeEndpoint
    options: options
  }
}

output name string = site.name
output address string = 'https://${site.properties.defaultHostName}/'
output policyUrl string = settings.outputs.policyUrl
