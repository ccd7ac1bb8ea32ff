"""The page Runs: pickers, tables and charts of stored runs, the ranked gallery, its words."""
