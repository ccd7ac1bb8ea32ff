"""The page Search: which index is looked through, for whom, what was found, the time line, own videos, its words."""
