// Lets Microsoft Graph make its partner topic in this resource group, by which changes of groups are told.
// The topic itself is made when the app subscribes; scripts/follow-groups.sh says what follows then.

@description('How long Microsoft Graph may make or renew the topic, in days. The app renews its subscription within 28.')
@minValue(1)
@maxValue(365)
param authorizedDays int = 365

@description('When this is deployed; the authorization counts from then.')
param now string = utcNow('u')

resource configuration 'Microsoft.EventGrid/partnerConfigurations@2025-02-15' = {
  name: 'default'
  location: 'global'
  properties: {
    partnerAuthorization: {
      defaultMaximumExpirationTimeInDays: authorizedDays
      authorizedPartnersList: [
        {
          partnerName: 'MicrosoftGraphAPI'
          partnerRegistrationImmutableId: 'c02e0126-707c-436d-b6a1-175d2748fb58'
          authorizationExpirationTimeInUtc: dateTimeAdd(now, 'P${authorizedDays - 1}D', 'yyyy-MM-ddTHH:mm:ssZ')
        }
      ]
    }
  }
}
