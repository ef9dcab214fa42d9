"""The regions of the simulated Azure, by name: what the portal calls them and where they are."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a region is, as Azure writes it; `paired` names its partner."""

    geography: str
    longitude: str
    latitude: str
    physical: str
    paired: str


REGIONS = {
    "eastus": ("East US", "US"),
    "eastus2": ("East US 2", "US"),
    "westus": ("West US", "US"),
    "westus2": ("West US 2", "US"),
    "westus3": ("West US 3", "US"),
    "centralus": ("Central US", "US"),
    "northcentralus": ("North Central US", "US"),
    "southcentralus": ("South Central US", "US"),
    "westcentralus": ("West Central US", "US"),
    "canadacentral": ("Canada Central", "Canada"),
    "canadaeast": ("Canada East", "Canada"),
    "brazilsouth": ("Brazil South", "South America"),
    "northeurope": ("North Europe", "Europe"),
    "westeurope": ("West Europe", "Europe"),
    "francecentral": ("France Central", "Europe"),
    "germanywestcentral": ("Germany West Central", "Europe"),
    "italynorth": ("Italy North", "Europe"),
    "norwayeast": ("Norway East", "Europe"),
    "polandcentral": ("Poland Central", "Europe"),
    "spaincentral": ("Spain Central", "Europe"),
    "swedencentral": ("Sweden Central", "Europe"),
    "switzerlandnorth": ("Switzerland North", "Europe"),
    "switzerlandwest": ("Switzerland West", "Europe"),
    "uksouth": ("UK South", "UK"),
    "ukwest": ("UK West", "UK"),
    "japaneast": ("Japan East", "Asia Pacific"),
    "japanwest": ("Japan West", "Asia Pacific"),
    "koreacentral": ("Korea Central", "Asia Pacific"),
    "australiaeast": ("Australia East", "Asia Pacific"),
    "eastasia": ("East Asia", "Asia Pacific"),
    "southeastasia": ("Southeast Asia", "Asia Pacific"),
    "centralindia": ("Central India", "Asia Pacific"),
    "southindia": ("South India", "Asia Pacific"),
    "qatarcentral": ("Qatar Central", "Middle East"),
    "uaenorth": ("UAE North", "Middle East"),
    "southafricanorth": ("South Africa North", "Africa"),
}
PLACES = {
    "eastus": Place("United States", "-79.8164", "37.3719", "Virginia", "westus"),
    "eastus2": Place("United States", "-78.3889", "36.6681", "Virginia", "centralus"),
    "westus": Place("United States", "-122.417", "37.783", "California", "eastus"),
    "westus2": Place("United States", "-119.852", "47.233", "Washington", "westcentralus"),
    "westus3": Place("United States", "-112.074036", "33.448376", "Phoenix", "eastus"),
    "centralus": Place("United States", "-93.6208", "41.5908", "Iowa", "eastus2"),
    "northcentralus": Place("United States", "-87.6278", "41.8819", "Illinois", "southcentralus"),
    "southcentralus": Place("United States", "-98.5", "29.4167", "Texas", "northcentralus"),
    "westcentralus": Place("United States", "-110.234", "40.89", "Wyoming", "westus2"),
    "canadacentral": Place("Canada", "-79.383", "43.653", "Toronto", "canadaeast"),
    "canadaeast": Place("Canada", "-71.217", "46.817", "Quebec", "canadacentral"),
    "brazilsouth": Place("Brazil", "-46.633", "-23.55", "Sao Paulo State", "southcentralus"),
    "northeurope": Place("Europe", "-6.2597", "53.3478", "Ireland", "westeurope"),
    "westeurope": Place("Europe", "4.9", "52.3667", "Netherlands", "northeurope"),
    "francecentral": Place("France", "2.373", "46.3772", "Paris", "francesouth"),
    "germanywestcentral": Place("Germany", "8.682127", "50.110924", "Frankfurt", "germanynorth"),
    "italynorth": Place("Italy", "9.18109", "45.46888", "Milan", ""),
    "norwayeast": Place("Norway", "10.752245", "59.913868", "Norway", "norwaywest"),
    "polandcentral": Place("Poland", "21.01666", "52.23334", "Warsaw", ""),
    "spaincentral": Place("Spain", "3.4209", "40.4259", "Madrid", ""),
    "swedencentral": Place("Sweden", "17.14127", "60.67488", "Gävle", "swedensouth"),
    "switzerlandnorth": Place("Switzerland", "8.564572", "47.451542", "Zurich", "switzerlandwest"),
    "switzerlandwest": Place("Switzerland", "6.143158", "46.204391", "Geneva", "switzerlandnorth"),
    "uksouth": Place("United Kingdom", "-0.799", "50.941", "London", "ukwest"),
    "ukwest": Place("United Kingdom", "-3.084", "53.427", "Cardiff", "uksouth"),
    "japaneast": Place("Japan", "139.77", "35.68", "Tokyo, Saitama", "japanwest"),
    "japanwest": Place("Japan", "135.5022", "34.6939", "Osaka", "japaneast"),
    "koreacentral": Place("Korea", "126.978", "37.5665", "Seoul", "koreasouth"),
    "australiaeast": Place("Australia", "151.2094", "-33.86", "New South Wales", "australiasoutheast"),
    "eastasia": Place("Asia Pacific", "114.188", "22.267", "Hong Kong", "southeastasia"),
    "southeastasia": Place("Asia Pacific", "103.833", "1.283", "Singapore", "eastasia"),
    "centralindia": Place("India", "73.9197", "18.5822", "Pune", "southindia"),
    "southindia": Place("India", "80.1636", "12.9822", "Chennai", "centralindia"),
    "qatarcentral": Place("Qatar", "51.439327", "25.551462", "Doha", ""),
    "uaenorth": Place("UAE", "55.316666", "25.266666", "Dubai", "uaecentral"),
    "southafricanorth": Place("South Africa", "28.21837", "-25.73134", "Johannesburg", "southafricawest"),
}


def location_key(location: str) -> str:
    """The name of a region however it was written: Azure takes "West Europe" for "westeurope"."""
    return location.lower().replace(" ", "")
