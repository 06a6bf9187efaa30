"""Commands typed as `/word`: one table, which help, the palette and the composer read."""
