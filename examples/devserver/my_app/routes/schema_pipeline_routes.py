"""The pipeline route: runs the text stages, has the media made and stores everything with the recorder."""

from __future__ import annotations

import logging
from pathlib import Path

from recorder import LivePipelineRecorder, get_recorder

from my_app.services import text_stages
from my_app.services.generators import Generators, OutputResult
from my_app.services.output_configs import OUTPUT_CONFIGS

logger = logging.getLogger(__name__)


async def execute_pipeline(
    run_id: str, prompt: str, output_configs: list[str], seed: int, base_path: Path, generators: Generators
) -> None:
    """Run the whole pipeline for one prompt and store every step under `base_path / run_id`."""
    recorder = get_recorder(
        run_id,
        config_name="devserver",
        base_path=base_path,
        swarmui_url=generators.url,
        comfyui_url=generators.url,
        trusted_hosts=(generators.host,),
    )

    recorder.set_state(1, "translation")
    recorder.save_entity("input", prompt)
    translation = text_stages.translate(prompt)
    recorder.save_entity("translation", translation)
    recorder.save_entity("safety", text_stages.check_safety(translation))

    recorder.set_state(2, "interception")
    interception = text_stages.intercept(translation)
    recorder.save_entity("interception", interception)
    recorder.save_entity("safety_pre_output", text_stages.check_safety(interception))

    recorder.set_state(4, "media_generation")
    for output_config_name in output_configs:
        output_result = generators.generate(output_config_name, seed)
        await store_output(recorder, output_config_name, output_result, seed)
    recorder.mark_complete()


async def store_output(
    recorder: LivePipelineRecorder,
    output_config_name: str,
    output_result: OutputResult,
    seed: int,
) -> str | None:
    """Store what a generator made; the name of the file, or None when there is none."""
    output_value = output_result.final_output
    media_type = OUTPUT_CONFIGS[output_config_name].media_type

    if output_value == 'swarmui_generated':
        saved_filename = await recorder.download_and_save_from_swarmui(
            image_paths=output_result.metadata['image_paths'],
            media_type=media_type,
            config=output_config_name,
            seed=seed
        )
    elif output_value.startswith(('http://', 'https://')):
        saved_filename = await recorder.download_and_save_from_url(
            url=output_value,
            media_type=media_type,
            config=output_config_name,
            seed=seed
        )
    elif output_value == 'workflow_generated':
        logger.info(f"workflow generated, metadata keys: {list(output_result.metadata.keys())}")
        filesystem_path = output_result.metadata.get('filesystem_path')
        if filesystem_path:
            # Direct filesystem copy (for audio/video)
            import shutil
            import os

            # Determine output filename based on media type
            if media_type == 'audio':
                ext = 'mp3'
            elif media_type == 'video':
                ext = 'mp4'
            else:
                ext = 'bin'

            output_filename = f"07_output_{media_type}.{ext}"
            dest_path = os.path.join(recorder.run_dir, output_filename)

            try:
                shutil.copy2(filesystem_path, dest_path)
                saved_filename = output_filename
                logger.info(f"Copied {media_type} from filesystem: {output_filename}")
            except Exception as e:
                logger.error(f"Failed to copy {media_type} file: {e}")
                saved_filename = None
        else:
            logger.warning("No filesystem_path in metadata for workflow_generated")
            saved_filename = None
    else:
        # Anything else is the id of a ComfyUI job
        saved_filename = await recorder.download_and_save_from_comfyui(
            prompt_id=output_value,
            media_type=media_type,
            config=output_config_name,
            seed=seed
        )
    return saved_filename
