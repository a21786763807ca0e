"""`make bench`: everything in one run; results as JSON, the last one shown in the README."""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import hops, intake, starting
from benchmarks.keeping import begun, keep
from benchmarks.report import into_readme
from benchmarks.stage import stage

LOADED = 100_000


def main() -> None:
    """Prints where the results are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", type=int, default=LOADED, help="complaints loaded beforehand")
    parser.add_argument("--no-readme", action="store_true", help="leave the README as it is")
    arguments = parser.parse_args()
    began = time.monotonic()
    results = begun()
    with tempfile.TemporaryDirectory() as place, stage() as found:
        results["broker"] = found.broker.flavour
        print("one hop, before the load: a backlog would be all that is measured")
        results["hop"] = hops.commit_to_applied(found)
        print("everything running")
        results["everything"] = starting.everything(found)
        results["intake_with_everything"] = intake.beside_everything(found, Path(place))
        for service in list(found.running):
            found.stop(service)
        print("intake, straight to the service")
        results["intake"] = intake.run(found, Path(place), load_to=arguments.load)
        print("intake, through the embedded gateway")
        results["gateway"] = intake.through_gateway(found, Path(place))
        print("relay")
        results["relay"] = hops.relay(found)
    results["warm_start"] = starting.warm_start()
    results["seconds"] = round(time.monotonic() - began)
    where = keep(results)
    if not arguments.no_readme:
        into_readme(results)
    print(f"results: {where.relative_to(Path.cwd())}")


main()
