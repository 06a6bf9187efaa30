"""What a record says of the past: any moment of it, why things were done, and whether they still would be."""
