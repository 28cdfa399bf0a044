"""The audit's block with what stands around it, in a function that really binds its names."""

import logging

from recorder import LivePipelineRecorder

logger = logging.getLogger(__name__)


def store_output(recorder: LivePipelineRecorder, output_value, output_result, media_type, output_config_name, seed):
    saved_filename = None
    if output_value == 'swarmui_generated':
        saved_filename = recorder.save_entity(f'output_{media_type}', output_result.data)
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
    return saved_filename
