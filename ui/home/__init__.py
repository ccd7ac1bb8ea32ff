"""The page Home: the bundled pairs as cards, its words."""
