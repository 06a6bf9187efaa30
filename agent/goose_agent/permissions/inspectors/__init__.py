"""Looks at calls for what rules do not see; an inspector may only tighten, or add a remark."""
