"""What the peers have in common: imported before TensorFlow is."""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def say(**fields):
    print(json.dumps(fields), flush=True)


def missing(peer, package):
    """Says that a package is not installed, and ends."""
    say(peer=peer, missing=package)
    sys.exit()
