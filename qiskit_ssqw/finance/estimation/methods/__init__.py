"""The amplitude estimators that are known by name: a file each, after the word for it."""
