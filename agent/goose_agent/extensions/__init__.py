"""The extensions beyond the ones every session has, and how others bring theirs."""
