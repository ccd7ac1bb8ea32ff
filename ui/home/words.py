"""The words of the page Home."""

LEAD = """
*Re-identification* compares how people look and walk, not their faces: a network turns each video of a person into
128 numbers, and two videos of one person should land close together. Pick a pair, or bring your own two videos.
"""


BIAS = """
A recurrent network reads a video frame by frame. If it keeps only what it knows **after the last frame**, the last
frames count most. When somebody steps in front at the end, it has seen the wrong person.

A network without this bias gives every frame the same chance, wherever it stands. The paper behind this app (UTRCNN)
lets the network **look back** at the frames that matter.

The chart shows one and the same person twice: once as filmed, once with somebody else in front during the last 40 %
of the second video.
"""


RESPONSIBLE = """
* Use footage of people who agreed to it, and keep to the law where you are. Never use it to identify or follow
  strangers.
* A verdict is a guess with an error rate. It is no evidence and must never be the reason for a decision about a person.
* Videos stay in the memory of the computer that runs this app and go with your browser session. Nothing is sent on, and
  nothing stored but the indexes that you ask for on the page Search, in the folder that you name.
"""
