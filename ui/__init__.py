"""What the pages share: cached loaders, footage of this session, pickers, the frame strip, charts and words."""
