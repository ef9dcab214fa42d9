"""Timers: the sweep over the whole fleet, and what is to be seen to about groups."""

import logging

import azure.functions as func

blueprint = func.Blueprint()
_log = logging.getLogger(f"unkeyed.{__name__}")


@blueprint.timer_trigger(arg_name="timer", schedule="%UNKEYED_SWEEP_SCHEDULE%", run_on_startup=False)
async def sweep_fleet(timer: func.TimerRequest) -> None:
    """Queues every account that differs from the policy or is due, and counts what events had missed."""
    from shared.road.services import services
    from shared.road.sweep import sweep

    swept = await sweep(services())
    counts = swept.counts.values()
    _log.info(
        "sweep finished: %d accounts seen, %d queued, %d changes missed by events",
        sum(each.seen for each in counts),
        sum(each.queued for each in counts),
        sum(each.missed for each in counts),
        extra={"past_due": timer.past_due, "failed": dict(swept.failed)},
    )


@blueprint.timer_trigger(arg_name="timer", schedule="%UNKEYED_GROUPS_SCHEDULE%", run_on_startup=False)
async def watch_groups(timer: func.TimerRequest) -> None:
    """Has the subscription to groups seen to, the feed read, and what events missed counted; the queue has the patience."""
    from shared.road.groups.follow import look_after_groups
    from shared.road.services import services

    item = look_after_groups()
    await services().queue.put(item)
    _log.info("queued: %s", item.cause, extra={"operation_id": item.operation_id, "past_due": timer.past_due})
