"""Rules of people: what may run, what is asked about, what never runs."""
