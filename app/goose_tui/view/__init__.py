"""Plain Python for what is shown: no Textual App here."""
