"""Notifications to people's services: told once, kept until delivered, never in anybody's way.

Notifier.tell(event)          returns at once
  -> one thread a target      writes the outbox, gathers bursts, tries again
       -> Courier             one process that loads Apprise and talks to the services
"""
