"""The page Train: what to train on what, what it costs, the command, and the queue of what was asked for."""
