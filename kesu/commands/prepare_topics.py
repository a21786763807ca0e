"""`kesu prepare-topics`: the five topics, before any service starts."""

import argparse
import asyncio
import os

from kesu.embedded.topics import PARTITIONS, create_topics, topic_names

NAME = "prepare-topics"
HELP = "make the topics that are missing (KESU_KAFKA is the bootstrap address); safe to repeat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many brokers keep a copy."""
    parser.add_argument("--replication", type=int, default=1, help="copies of each partition")


def run(args: argparse.Namespace) -> int:
    """Make what is missing."""
    # The embedded Tansu serves one process of each service and pays for each idle partition.
    partitions = 1 if os.environ.get("KESU_KAFKA_FLAVOUR") == "tansu" else PARTITIONS
    bootstrap = os.environ["KESU_KAFKA"]
    asyncio.run(create_topics(bootstrap, replication=args.replication, partitions=partitions))
    print(f"topics: {', '.join(topic_names())}")
    return 0
