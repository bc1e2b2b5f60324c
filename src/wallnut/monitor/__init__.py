"""The monitor: it watches UPSes and shuts this machine down in time, in the right order, for a reason that it can name.

`rules` decides (pure), `daemon` performs, `root` is the privileged parent, `sched` are upssched's timers (pure).
"""
