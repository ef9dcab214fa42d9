"""Pages of the feed put together, and the settings that say where its events come from."""

import pytest

from shared.errors import SettingsError
from shared.road.groups.membership import Moves
from shared.road.groups.stretch import Stretch
from shared.sdk.group_changes import GroupChange, Member
from shared.settings import Settings
from shared.store.group_members import packed

GROUP, INNER, PERSON = (f"{number:08x}-0000-4000-8000-000000000000" for number in range(3))
NEEDED = {"UNKEYED_POLICY": "policy.yaml", "AzureWebJobsStorage__accountName": "stunkeyed"}
TOPIC = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.EventGrid/partnerTopics/t"


def test_what_later_pages_say_of_a_group_holds() -> None:
    stretch = Stretch()
    person, inner = Member(PERSON, "user"), Member(INNER, "group")
    stretch.take([GroupChange(GROUP, name="sg", came=(person,)), GroupChange(GROUP, left=(inner,))])
    stretch.take([GroupChange(GROUP, name="sg-new", came=(inner,), left=(person,))])
    assert stretch.moves == {GROUP: Moves(left={packed(PERSON)}, joined={INNER})}
    assert stretch.changed == {GROUP: {"sg", "sg-new"}}
    stretch.take([GroupChange(GROUP, removed="changed")])
    assert (stretch.gone, stretch.there, stretch.changed) == ({GROUP}, set(), {})
    stretch.take([GroupChange(GROUP, name="sg")])
    assert (stretch.gone, stretch.groups) == (set(), {GROUP})


def test_a_partner_topic_is_named_by_its_id_and_its_region_by_name() -> None:
    found = Settings.read({**NEEDED, "UNKEYED_GROUP_TOPIC": TOPIC, "UNKEYED_GROUP_TOPIC_LOCATION": "westeurope"})
    assert (str(found.group_topic), found.group_topic_location) == (TOPIC, "westeurope")
    assert Settings.read({**NEEDED, "UNKEYED_GROUP_TOPIC": ""}).group_topic is None


@pytest.mark.parametrize(
    ("topic", "location", "named"),
    [
        ("unkeyed-groups", "westeurope", ["UNKEYED_GROUP_TOPIC is 'unkeyed-groups'"]),
        (TOPIC.replace("partnerTopics", "topics"), "westeurope", ["UNKEYED_GROUP_TOPIC is"]),
        (TOPIC, "", ["UNKEYED_GROUP_TOPIC_LOCATION is not set"]),
        (TOPIC, "West Europe", ["UNKEYED_GROUP_TOPIC_LOCATION is 'West Europe'"]),
        ("nonsense", "West Europe", ["UNKEYED_GROUP_TOPIC is", "UNKEYED_GROUP_TOPIC_LOCATION is"]),
    ],
)
def test_every_fault_of_these_settings_is_named(topic: str, location: str, named: list[str]) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.read({**NEEDED, "UNKEYED_GROUP_TOPIC": topic, "UNKEYED_GROUP_TOPIC_LOCATION": location})
    assert len(error.value.faults) == len(named)
    assert all(fault.startswith(start) for fault, start in zip(error.value.faults, named, strict=True))
