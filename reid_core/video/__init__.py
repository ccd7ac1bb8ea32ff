"""Videos: bytes or a path to frames with times, people in a frame, tracklets."""

from .correct import join, may_be_one, split
from .decode import DecodeLimits, Video, VideoError, decode
from .detect import Detections, PersonDetector
from .encode import mp4
from .flaws import FLAWS, without_flaws
from .scene import Box, Scene, boxed, find_people, whole_frame
from .subject import Crop, Subject, cut_out, find_subject, parse_crop, person_of
from .track import Tracklet

__all__ = [
    "FLAWS",
    "Box",
    "Crop",
    "DecodeLimits",
    "Detections",
    "PersonDetector",
    "Scene",
    "Subject",
    "Tracklet",
    "Video",
    "VideoError",
    "boxed",
    "cut_out",
    "decode",
    "find_people",
    "find_subject",
    "join",
    "may_be_one",
    "mp4",
    "parse_crop",
    "person_of",
    "split",
    "whole_frame",
    "without_flaws",
]
