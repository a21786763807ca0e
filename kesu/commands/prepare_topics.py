"""`kesu prepare-topics`: the five topics, before any service starts."""

import argparse
import asyncio
import os

from kesu.embedded.topics import create_topics, topic_names

NAME = "prepare-topics"
HELP = "make the topics that are missing (KESU_KAFKA is the bootstrap address); safe to repeat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many brokers keep a copy."""
    parser.add_argument("--replication", type=int, default=1, help="copies of each partition")


def run(args: argparse.Namespace) -> int:
    """Make what is missing."""
    asyncio.run(create_topics(os.environ["KESU_KAFKA"], replication=args.replication))
    print(f"topics: {', '.join(topic_names())}")
    return 0
