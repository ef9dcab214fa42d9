// A network of its own: the app's calls leave by one subnet, storage and vault are reached by private endpoints in the other.

@description('Region of the network.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the storage account.')
param storageName string

@description('Name of the vault.')
param vaultName string

@description('Addresses of the network.')
param addressPrefix string = '10.80.0.0/24'

@description('Addresses of the subnet that the app\'s calls leave by.')
param appPrefix string = '10.80.0.0/26'

@description('Addresses of the subnet of the private endpoints.')
param endpointPrefix string = '10.80.0.64/26'

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource rules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-unkeyed'
  location: location
  tags: tags
  properties: {
    securityRules: []
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-unkeyed'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
  }

  resource app 'subnets' = {
    name: 'app'
    properties: {
      addressPrefix: appPrefix
      networkSecurityGroup: {
        id: rules.id
      }
      delegations: [
        {
          name: 'functions'
          properties: {
            serviceName: 'Microsoft.App/environments'
          }
        }
      ]
    }
  }

  resource endpoints 'subnets' = {
    name: 'endpoints'
    properties: {
      addressPrefix: endpointPrefix
      privateEndpointNetworkPolicies: 'Enabled'
      networkSecurityGroup: {
        id: rules.id
      }
    }
    dependsOn: [
      app
    ]
  }
}

var storageServices = [
  'blob'
  'queue'
  'table'
]

module storageEndpoints 'private-endpoint.bicep' = [for service in storageServices: {
  name: 'unkeyed-endpoint-${service}'
  params: {
    location: location
    tags: tags
    targetId: storage.id
    service: service
    zoneName: 'privatelink.${service}.${environment().suffixes.storage}'
    networkId: network.id
    subnetId: network::endpoints.id
  }
}]

module vaultEndpoint 'private-endpoint.bicep' = {
  name: 'unkeyed-endpoint-vault'
  params: {
    location: location
    tags: tags
    targetId: vault.id
    service: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
    networkId: network.id
    subnetId: network::endpoints.id
  }
}

output appSubnetId string = network::app.id
