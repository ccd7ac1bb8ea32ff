"""The time line of an index: what is known of a tracklet is seen on its bar."""

import pandas as pd

from reid_core.search import Answer, Hit
from ui.search.link import Asked
from ui.search.timeline import colour_of
from ui.search.views import MOST_BARS, bars, looks_of, shown

ROWS = pd.DataFrame(
    {
        "tracklet": [1, 2, 3, 4, 5],
        "camera": ["gate", "gate", "gate", "square", "square"],
        "video": ["g.mp4", "g.mp4", "g.mp4", "s.mp4", "t.mp4"],
        "digest": ["g", "g", "g", "s", "t"],
        "start_s": [0.0, 5.0, 9.0, 0.0, 1.0],
        "end_s": [4.0, 8.0, 12.0, 7.0, 9.0],
        "jumps_s": [[], [], [], [], [3.0]],
    }
)
FOUND = pd.DataFrame({"tracklet": [1, 2, 3, 4, 5], "identity": [1, 2, 1, 1, 5], "name": ["Ada", "", "Ada", "Ada", ""]})
HITS = tuple(
    Hit("g.mp4", "gate", 0.0, 1.0, 0.1, 0.9, number, within, 0.01, 0.1, "index", "g")
    for number, within in ((4, True), (3, True), (5, False))
)
ANSWER = Answer("utrcnn", 0.5, (), HITS)


def test_what_the_user_said_counts_more_than_what_was_found():
    asked = Asked(query=1, confirmed=(3,), rejected=(4,))
    assert looks_of(asked, ANSWER) == {1: "query", 3: "confirmed", 4: "rejected"}
    assert looks_of(Asked(), ANSWER) == {4: "hit", 3: "hit"}


def test_a_bar_has_letter_colour_and_words_of_its_person_and_a_lane_of_its_video():
    drawn = bars(ROWS, FOUND, Asked(query=1), ANSWER)
    assert [bar.mark for bar in drawn] == ["Ada", "B", "Ada", "Ada", "C"]
    assert [bar.colour for bar in drawn] == [colour_of(place) for place in (0, 1, 0, 0, 2)]
    assert [bar.lane for bar in drawn] == ["gate", "gate", "gate", "square, s.mp4", "square, t.mp4"]
    assert drawn[0].told == "gate, 0:00 to 0:04, tracklet 1, person Ada, the person looked for"
    told = "square, 0:01 to 0:09, tracklet 5, person C, beyond the threshold"
    assert drawn[4].told == f"{told}; the looks change at 0:03, it may be several people"


def test_where_people_are_not_known_bars_have_no_letters():
    assert {bar.mark for bar in bars(ROWS, None, Asked(), ANSWER)} == {""}


def test_of_too_many_tracklets_those_are_drawn_of_which_something_is_known():
    assert len(shown(ROWS, {})) == len(ROWS)
    many = pd.DataFrame({"tracklet": range(1, MOST_BARS + 2)})
    assert shown(many, {7: "hit", 2: "query"})["tracklet"].tolist() == [2, 7]
