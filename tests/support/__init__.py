"""What many tests share: peers, processes, ports, waiting with a limit."""
