"""Who may call, as far as settings and roles decide it."""

import pytest

from functions.portal.callers import Caller, Role
from shared.errors import SettingsError
from shared.settings import PortalSettings, Settings

NEEDED = {"UNKEYED_POLICY": "p.yaml", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
GUID = "0f1a7f08-a000-4000-8000-000000000013"
PORTAL = {"UNKEYED_PORTAL_CLIENT_ID": GUID, "UNKEYED_PORTAL_TENANT": GUID.upper()}


def portal(**settings: str) -> PortalSettings:
    found = Settings.read({**NEEDED, **PORTAL, **settings}).portal
    assert found is not None
    return found


def test_without_its_settings_nobody_can_call() -> None:
    assert Settings.read(NEEDED).portal is None


def test_what_is_left_out_is_what_most_need() -> None:
    found = portal()
    assert (found.client_id, found.tenant) == (GUID, GUID)
    assert (found.sign_in, found.origins, found.believes_platform) == ("https://login.microsoftonline.com", (), False)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"UNKEYED_PORTAL_CLIENT_ID": ""}, "UNKEYED_PORTAL_CLIENT_ID is not set"),
        ({"UNKEYED_PORTAL_TENANT": "contoso.onmicrosoft.com"}, "UNKEYED_PORTAL_TENANT is 'contoso"),
        ({"UNKEYED_PORTAL_SIGN_IN": "http://login.example"}, "UNKEYED_PORTAL_SIGN_IN"),
        ({"UNKEYED_PORTAL_ORIGINS": "https://a.example, *"}, "'*'"),
        ({"UNKEYED_PORTAL_ORIGINS": "https://a.example/path"}, "no path"),
        ({"UNKEYED_PORTAL_CALLS_PER_MINUTE": "0"}, "between 10"),
    ],
)
def test_each_fault_of_them_is_named(settings: dict[str, str], word: str) -> None:
    with pytest.raises(SettingsError, match="UNKEYED_PORTAL") as raised:
        portal(**settings)
    assert word in str(raised.value)


@pytest.mark.parametrize(
    ("enabled", "plan", "believed"),
    [
        ("True", "ElasticPremium", True),
        ("true", "", True),
        ("True", "FlexConsumption", False),
        ("False", "ElasticPremium", False),
        ("", "", False),
        ("1", "Dynamic", False),
    ],
)
def test_a_platform_is_believed_only_where_it_says_so_and_takes_forged_headers_away(
    enabled: str, plan: str, believed: bool
) -> None:
    assert portal(WEBSITE_AUTH_ENABLED=enabled, WEBSITE_SKU=plan).believes_platform is believed


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("needed", Role)
def test_a_role_may_what_those_before_it_may(held: Role, needed: Role) -> None:
    order = list(Role)
    caller = Caller("id", "name", "client", is_application=False, roles=frozenset({held}))
    assert caller.may(needed) is (order.index(held) >= order.index(needed))


def test_no_role_may_nothing() -> None:
    nobody = Caller("id", "name", "client", is_application=False, roles=frozenset())
    assert not any(nobody.may(each) for each in Role)
