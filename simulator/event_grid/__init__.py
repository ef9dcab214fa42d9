"""Event Grid: system topics and custom topics, event subscriptions, and the delivery of events to web hooks."""
