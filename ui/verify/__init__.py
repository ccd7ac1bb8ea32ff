"""The page Verify: the distance among known pairs, the table of all models, calibrations of the user, its words."""
