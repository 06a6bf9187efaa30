"""Where a turn pauses: conditions of breakpoints, and how far a step goes."""
