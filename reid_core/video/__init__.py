"""Videos: bytes or a path to frames with times, people in a frame, tracklets."""

from .correct import join, may_be_one, split
from .decode import DecodeLimits, Video, VideoError, decode, is_picture, picture
from .detect import Detections, PersonDetector
from .doubts import doubts
from .encode import mp4
from .excerpt import Excerpt, boxes_at, excerpt
from .flaws import FLAWS, without_flaws
from .frame import FRAME_WIDTH
from .scene import Box, Scene, boxed, find_people, whole_frame
from .sightings import Looked, Looks, Sighting, follow
from .stream import RATE, Shot, Stream
from .subject import Crop, Subject, cut_out, find_subject, parse_crop, person_of, stood_in
from .track import Tracklet

__all__ = [
    "FLAWS",
    "FRAME_WIDTH",
    "RATE",
    "Box",
    "Crop",
    "DecodeLimits",
    "Detections",
    "Excerpt",
    "Looked",
    "Looks",
    "PersonDetector",
    "Scene",
    "Shot",
    "Sighting",
    "Stream",
    "Subject",
    "Tracklet",
    "Video",
    "VideoError",
    "boxed",
    "boxes_at",
    "cut_out",
    "decode",
    "doubts",
    "excerpt",
    "find_people",
    "find_subject",
    "follow",
    "is_picture",
    "join",
    "may_be_one",
    "mp4",
    "parse_crop",
    "person_of",
    "picture",
    "split",
    "stood_in",
    "whole_frame",
    "without_flaws",
]
