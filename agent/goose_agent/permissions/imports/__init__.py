"""Rules of other agents, taken over as far as they can be: nothing becomes looser on the way."""
