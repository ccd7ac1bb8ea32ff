"""The words of the page Runs."""

LEAD = """
A *run* is a trained model with its test: who was looked for, who was found, and how surely. Select runs to compare
them. Only runs that were tested alike (same data, protocol and gallery) are ranked together.
"""

NO_RUNS = """
There are no runs yet. Train one, and it appears here while it goes on:
`python -m reid_core train --data data/people --dataset synthetic --out runs/mine`
"""

VIEWS = {
    "ranks": "Matching rates",
    "verification": "Verification",
    "training": "Training",
    "settings": "Settings",
    "gallery": "Ranked gallery",
}
