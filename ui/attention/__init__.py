"""The page Attention: importances of a clip, their charts, views and words."""
