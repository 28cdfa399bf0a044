"""The outputs that can be asked for: which generator makes each, and what kind of medium it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OutputConfig:
    backend: str
    media_type: str


OUTPUT_CONFIGS = {
    "sd35_large": OutputConfig("swarmui", "image"),
    "gpt_image": OutputConfig("hosted", "image"),
    "ltx_video": OutputConfig("comfyui", "video"),
    "acestep_audio": OutputConfig("workflow", "audio"),
    "wan_video": OutputConfig("workflow", "video"),
    "flux_image": OutputConfig("workflow", "image"),
}
