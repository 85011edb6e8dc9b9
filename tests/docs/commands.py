"""The shell commands of a page: its ```sh fences, in order. What a test does not run says so in a comment right before the fence."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"(?:<!-- not run by the test: (?P<reason>[^>]+) -->\n)?^```sh\n(?P<body>.*?)^```$", re.M | re.S)


def fences(page):
    """[(commands, why they are not run or None)]"""
    return [(found["body"], found["reason"]) for found in FENCE.finditer((ROOT / page).read_text())]


def section(page, heading):
    """The text of one section, up to the next heading of the same level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", (ROOT / page).read_text(), re.M | re.S)
    return found.group(1)


def needs_cluster(commands):
    return re.search(r"\b(kubectl|helm|spillway (load|operator|init|explain|convert hpa))\b", commands) is not None


def script(blocks):
    """One shell for all blocks, so that later ones see earlier ones' variables; it ends at the first failure and says where."""
    return "set -eu\ntrap 'echo \"line $LINENO failed: $BASH_COMMAND\" >&2' ERR\n" + "\n".join(blocks)
