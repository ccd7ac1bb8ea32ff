"""What the page Search says."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from reid_core.evaluation import ANSWERS, EVEN
from reid_core.search import Answer, IndexedVideo, changes, clock, span
from ui.search.progress import Reading
from ui.words import model_title

INTRO = "Hours of footage, several cameras, one question: where is this person?"

HOW = r"""
1. **Index, once.** The footage is read from beginning to end, people are found and followed, and of each *tracklet*
   (one person, from one camera, without a break) the model makes one embedding of its best frames.
2. **Ask.** The person looked for becomes an embedding of the same kind, and its distance to every tracklet is measured.
3. **Answer.** Distances are held against other people as the same cameras saw them, and become probabilities. Beyond
   the threshold nothing is claimed: those are shown apart, and *nobody* is an answer.
4. **Say what you know.** With confirmed tracklets the mean of all their embeddings is looked for; what you reject
   pushes it away:

$$q' = \bar q - 0.3\,\bar r$$

   $\bar q$ is the mean of the query and the confirmed, $\bar r$ of the rejected (Rocchio, 1971). The probabilities were
   measured on queries of one clip; of a refined one they are a little too careful or too bold, the order is better.
5. **Who is who.** Tracklets of one time and camera are different people for certain; the others are joined into
   *identities* by how alike they are. The letters and colours of the time line are these; who is too close to call,
   since nothing is known of such footage, is so in the files. A tracklet whose looks change may be several people, as
   a track may go on with somebody else: a dotted line says where, and it stands by itself until you say who it is.
"""

WHAT_IS_KEPT = """
* **An index holds no whole picture**: of each tracklet the embedding, the times, the boxes and a strip of a few crops.
  It lies in the folder that you name, beside nothing else. *Delete*, beside an index of your own, takes out all that
  it holds of a video, or the whole of it; so do `reid forget FOLDER --video NAME` and `reid forget FOLDER`.
* **Your footage stays where it is** and is read again only to play a hit.
* **What you upload to look for** is held in memory until the browser session ends; the link holds its embedding alone,
  and whether anything certain can rest on it; until it has been read, its name.
"""


def sure_in_words(probability: float) -> str:
    """How sure it is that a hit is the person."""
    return f"{100 * probability:.0f} % the same person"


def found_in_words(confirmed: int, within: int, nobody: bool) -> str:
    """The answer above the hits. Args: nobody: whether it is certain that nobody found is the person."""
    if not confirmed and not within:
        return "Nobody" if nobody else ANSWERS["uncertain"]
    told = f"Found {within} {'time' if within == 1 else 'times'}" if within else "Found nowhere else"
    return f"{told}, and {confirmed} confirmed" if confirmed else told


def nobody_in_words(searched: int) -> str:
    """What *nobody* means."""
    return (
        f"None of the {searched} tracklets is close enough to be this person: who is looked for is not in the footage, "
        "or is not seen well in it. The nearest are below."
    )


def unclear_in_words(doubts: Sequence[str]) -> str:
    """Why hits within the threshold are no answer."""
    return f"{ANSWERS['uncertain']}, since nothing is known of such footage: {'; '.join(doubts)}."


def rests_on(answer: Answer) -> str:
    """What the answer was measured by."""
    return (
        f"{model_title(answer.checkpoint)}, {answer.held_against}. Of 100 searches for somebody who is not there "
        f"{100 * answer.allowed:.0f} come upon somebody within the threshold. Percentages are for a pair of which half "
        "are one person."
    )


def among_in_words(likeliest: float, searched: int) -> str:
    """Why what looks like the person may lie beyond the threshold; nothing where it does not look like him."""
    if likeliest < EVEN:
        return ""
    return (
        f"A percentage is of the pair by itself. Among {searched} tracklets somebody else comes as near too often for "
        "a claim: play them, and say which it is."
    )


JUMPS = "A dotted line: from there on somebody else seems to be followed."
BEYOND = "Beyond the threshold: others, or the same person seen badly"
REJECTED = "Rejected by you"
BROUGHT_GONE = (
    "Somebody from a picture or clip that is no longer here: the link holds the embedding alone, and whether anything "
    "certain can rest on it."
)
BROUGHT_UNSURE = "the picture or clip, which is no longer here, showed the person too badly"
OTHER_WAYS = (
    "Or, where somebody is played, pause, click on whoever is in the picture, and *Look for this person*. The people "
    "of a video that you open on the page Verify can be chosen here, too."
)


def people_in_words(people: int, tracklets: int) -> str:
    """What letters and colours mean."""
    return (
        f"{tracklets} tracklets of {people} people, as far as the model tells: a letter and a colour is a person. "
        "Those within the threshold are strong, those that you confirmed are framed. Click a bar to play it."
    )


def bar_in_words(row: Mapping[Hashable, Any], person: str | None, look: str) -> str:
    """What a bar of the time line shows."""
    who = f"person {person}, " if person else ""
    told = f"{row['camera']}, {span(row['start_s'], row['end_s'])}, tracklet {row['tracklet']}, {who}{LOOKS[look]}"
    return "; ".join([told, *changes(row["jumps_s"])])


LOOKS = {
    "query": "the person looked for",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "hit": "within the threshold",
    "unclear": "too close to call",
    "far": "beyond the threshold",
}

KEEPING = "Whom you confirmed and rejected counts from then on for all who use this index."
BY_HAND = "Of an index of your own, people can be named, merged and split here."


def person_in_words(letter: str, times: int) -> str:
    """Whose bar was clicked."""
    return f"Person {letter}, seen {times} {'time' if times == 1 else 'times'}"


HOW_TO_INDEX = """
Reading waits its turn in the queue of this machine, that of the page Train; it goes on when the page or the app is
closed, can be paused and stopped, and goes on where it was. The index is written into the folder that you name; the
videos are not copied, and nothing leaves this machine. The same on the command line: `reid index VIDEOS --out FOLDER`.
"""
NOT_HERE = """
This app runs on another machine, whose folders are not yours to name. Where it runs, `reid index VIDEOS --out FOLDER`
makes an index, and with `REID_FOLDERS=FOLDER` in the environment of the app its visitors may index what lies below.
"""


def folder_name(place: str) -> str:
    """What an index is called: its folder."""
    return PurePath(place).name


def progress_in_words(done: int, of: int, people: int, left_s: float | None) -> str:
    """How far indexing is."""
    left = "" if left_s is None else f", about {clock(left_s)} left"
    return f"{done} of {of} videos, {people} tracklets written{left}"


def video_in_words(video: IndexedVideo) -> str:
    """A video of an index; two of one name and camera differ in their digests."""
    return f"{video.camera}, {video.video} ({video.digest[:8]})"


def at_in_words(at: Reading) -> str:
    """The video that is being read, and how far."""
    told = f"{at.video.video}, up to {clock(max(0.0, at.until_s))} of {clock(at.video.duration_s)}"
    return f"{told}: {at.looks} frames looked at, {at.people} people found since it was begun" if at.looks else told
