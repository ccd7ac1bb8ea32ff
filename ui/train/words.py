"""The words of the page Train."""

LEAD = """
Train a network on your own people or on rendered ones. The page only puts a command together, shows it, and runs it in
a process of its own: it goes on when you close the page or the app, and is found again afterwards.
"""

NOT_HERE = """
Training reads folders of the machine that the app runs on, and keeps its processors busy; so it is for those who run
the app themselves. Start it on your own machine: `make run`.
"""

NO_DATA = """
No data set is there yet. The first that can be made renders twelve small synthetic people, which takes some seconds:
too few to learn anything of use, enough to see how it all goes.
"""

TINY = "**Twelve people** of 12 to 24 frames: seconds, and enough to see how it all goes"
SMALL = "**Sixty people** of 23 to 40 frames: a minute"
SYNTHWALK = "**SynthWalk**, the benchmark: 300 people, 43,432 frames, 660 MB: some minutes"
LARGE = "**A thousand people** of 23 to 40 frames: some minutes, and enough to learn from"

OPTIONS_HELP = "As on the command line, such as --k-top 8. What is not said stays as it is."

TRIES = "Trying the training on a few of its people"
