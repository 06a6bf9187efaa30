"""The offline tour: a scripted model that mends a small project with real tools."""
