"""The regions of the simulated Azure, by name: what the portal calls them and where they are."""

REGIONS = {
    "eastus": ("East US", "US"),
    "eastus2": ("East US 2", "US"),
    "westus": ("West US", "US"),
    "westus2": ("West US 2", "US"),
    "westus3": ("West US 3", "US"),
    "centralus": ("Central US", "US"),
    "northcentralus": ("North Central US", "US"),
    "southcentralus": ("South Central US", "US"),
    "canadaeast": ("Canada East", "Canada"),
    "brazilsouth": ("Brazil South", "South America"),
    "northeurope": ("North Europe", "Europe"),
    "westeurope": ("West Europe", "Europe"),
    "francecentral": ("France Central", "Europe"),
    "germanywestcentral": ("Germany West Central", "Europe"),
    "norwayeast": ("Norway East", "Europe"),
    "swedencentral": ("Sweden Central", "Europe"),
    "switzerlandnorth": ("Switzerland North", "Europe"),
    "uksouth": ("UK South", "UK"),
    "japaneast": ("Japan East", "Asia Pacific"),
    "koreacentral": ("Korea Central", "Asia Pacific"),
    "australiaeast": ("Australia East", "Asia Pacific"),
    "southeastasia": ("Southeast Asia", "Asia Pacific"),
    "southindia": ("South India", "Asia Pacific"),
}


def location_key(location: str) -> str:
    """The name of a region however it was written: Azure takes "West Europe" for "westeurope"."""
    return location.lower().replace(" ", "")
