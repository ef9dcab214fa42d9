"""Timers: the sweep over the whole fleet."""

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
