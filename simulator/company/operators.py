"""The company's operators: they activate the partner topic that the app's Graph subscription makes, and subscribe the app.

"Receive Microsoft Graph API change events through Azure Event Grid": creating the subscription makes the topic, and it is
for people to activate it and to create an event subscription to it. They come a while after it was made (knob
`partner_topic_operators`), or never.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.company.places import GROUP_TOPIC
from simulator.event_grid.partners import PartnerTopic

if TYPE_CHECKING:
    from simulator.azure import Azure

_LOOK = 0.1  # seconds between two looks at a clock and a knob that may be turned


def watch(azure: "Azure", subscribe: Callable[[], None]) -> None:
    """Has the operators attend to the app's partner topic each time that it is made; `subscribe` is their last step."""

    def made(topic: PartnerTopic) -> None:
        if topic.id.lower() == GROUP_TOPIC.lower():
            azure.events.background.run(lambda: _attend(azure, topic, subscribe))

    azure.events.partners.watchers.append(made)


async def _attend(azure: "Azure", topic: PartnerTopic, subscribe: Callable[[], None]) -> None:
    made = azure.clock.now()
    while azure.events.partners.topics.get(topic.id.lower()) is topic:
        patience = azure.knobs.partner_topic_operators
        if 0 <= patience <= (azure.clock.now() - made).total_seconds():
            if topic.activation == "NeverActivated":
                topic.activation = "Activated"
            subscribe()
            return
        await asyncio.sleep(_LOOK)
