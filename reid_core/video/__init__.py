"""Videos: bytes or a path to frames with times, people in a frame, tracklets."""

from .decode import DecodeLimits, Video, VideoError, decode
from .detect import DETECTOR_PATH, Detections, Detector, PersonDetector
from .scene import Box, Scene, boxed, find_people, whole_frame
from .track import Tracklet

__all__ = [
    "DETECTOR_PATH",
    "Box",
    "DecodeLimits",
    "Detections",
    "Detector",
    "PersonDetector",
    "Progress",
    "Scene",
    "Tracklet",
    "Video",
    "VideoError",
    "boxed",
    "decode",
    "find_people",
    "whole_frame",
]
