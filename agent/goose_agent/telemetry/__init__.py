"""Traces for a collector that a person names; without one nothing leaves the machine."""
