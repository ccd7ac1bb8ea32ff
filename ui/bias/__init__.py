"""The page Bias lab: the experiment for this session, its charts, views and words."""
