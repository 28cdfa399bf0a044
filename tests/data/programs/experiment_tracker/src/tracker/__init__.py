"""Experiments: train, evaluate, compare."""

from tracker.base import Experiment, open_experiment

__all__ = ["Experiment", "open_experiment"]
