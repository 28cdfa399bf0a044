"""Run the devserver's pipeline once: a prompt in, numbered text and media files out.

The media come from small local stand-ins for SwarmUI, a hosted model, ComfyUI and a workflow runner.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import uuid
from pathlib import Path

from my_app.routes.pipeline_stream_routes import stream_pipeline
from my_app.routes.schema_pipeline_routes import execute_pipeline
from my_app.services.generators import Generators
from my_app.services.output_configs import OUTPUT_CONFIGS

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompt", default="a lighthouse in a storm", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=42, help="default: %(default)s")
    parser.add_argument(
        "--output",
        action="append",
        choices=sorted(OUTPUT_CONFIGS),
        metavar="CONFIG",
        help="may be given several times; default: all of " + ", ".join(OUTPUT_CONFIGS),
    )
    parser.add_argument("--run-id", default=f"run_{uuid.uuid4().hex[:8]}", help="default: a new one")
    parser.add_argument(
        "--output-folder",
        type=Path,
        default=HERE / "exports",
        metavar="DIR",
        help="the folder of all runs; default: exports beside this file",
    )
    return parser.parse_args()


def print_entities(run_id: str, output_folder: Path) -> None:
    """Print the run as the stream route tells it to a frontend."""
    print(f"\nrun {run_id} in {output_folder / run_id}\n")
    print(f"{'no':>3}  {'type':<18} {'file':<26} {'bytes':>6}  config")
    for event, data in stream_pipeline(run_id, output_folder):
        if event == "entity":
            size = (output_folder / run_id / data["filename"]).stat().st_size
            config = data["metadata"].get("config", "")
            print(f"{data['sequence']:>3}  {data['type']:<18} {data['filename']:<26} {size:>6}  {config}")
        else:
            print(f"\n{event}: " + ", ".join(f"{key} {value}" for key, value in data.items()))


def main() -> None:
    options = arguments()
    logging.basicConfig(level=logging.INFO, format="%(levelname)-7s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with Generators() as generators:
        asyncio.run(
            execute_pipeline(
                options.run_id,
                options.prompt,
                output_configs=options.output or list(OUTPUT_CONFIGS),
                seed=options.seed,
                base_path=options.output_folder,
                generators=generators,
            )
        )
    print_entities(options.run_id, options.output_folder)


if __name__ == "__main__":
    main()
