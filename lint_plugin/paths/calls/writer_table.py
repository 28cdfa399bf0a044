"""The functions that write files, a line each: which argument is the path, in which modes they write, what to do instead.

What is not listed here a project can add by `writers` in its configuration.
"""

from __future__ import annotations

from dataclasses import dataclass

COPY = "copy"
MOVE = "move"
LINK = "link"
WRITE = "write"
OPEN = "open"
FOLDER = "folder"  # makes a folder

# What a function does with a folder that it is given in place of a file.
INTO = "into"  # puts files into it
BESIDE = "beside"  # writes next to it
NOTHING = ""

# What to do instead; `{save}` is the save method.
SAVE = "save it with `{save}()`"
BUFFER = "let it write to an `io.BytesIO` and give its bytes to `{save}()`"
TEXT_BUFFER = "let it write to an `io.StringIO` and give its text to `{save}()`"
RETURNED = "call it without a path and give what it returns to `{save}()`"
TOBYTES = "give the array's `tobytes()` to `{save}()`"
ENCODED = "give the bytes of `cv2.imencode()` to `{save}()`"
TO_YAML = "give the text of `OmegaConf.to_yaml()` to `{save}()`"
SERIALIZED = "open `:memory:` and give the bytes of the connection's `serialize()` to `{save}()`"
TEMPORARY = "let it write to a temporary file and give that file's bytes to `{save}()`"
TEMPORARY_FOLDER = "let it write to a temporary folder and give each file to `{save}()`"
ELSEWHERE = "keep a temporary file outside of the run folder and give its bytes to `{save}()`"
LOG = "a log that grows is no entity: keep it outside of the run folder, or give its text to `{save}()` at the end"
TENSORS = "give the bytes of its module's `save()` to `{save}()`"
EACH = "save each file with `{save}()`"
DOWNLOADED = "save with `{save}()` what was downloaded"
SUBFOLDER = "save the files with `{save}()`"


@dataclass(frozen=True, slots=True)
class Sink:
    """How one function writes.

    Attributes:
        kind: `copy`, `move`, `link`, `write`, `open` or `folder`.
        target: Position of the target among the arguments; -1 is the object that a method is called on, None where it can
            only be given by name.
        target_keyword: Its name as a keyword.
        source: Position of the source or content; None where there is none.
        source_keyword: Its name as a keyword.
        mode: Position of the open mode, for `open` kinds; None where it can only be given by name.
        mode_keyword: Its name.
        default_mode: The mode of a call that gives none.
        modes: The letters of which a mode that writes has one; for `os.open` the names of the flags.
        folder: What it does with a folder in place of a file: `into`, `beside` or nothing.
        instead: What to do instead.
    """

    kind: str
    target: int | None = 0
    target_keyword: str = ""
    source: int | None = None
    source_keyword: str = ""
    mode: int | None = 1
    mode_keyword: str = "mode"
    default_mode: str = "r"
    modes: frozenset[str] = frozenset("wax+")
    folder: str = NOTHING
    instead: str = SAVE

    def advice(self, save: str) -> str:
        """What to do instead, with the save method's name."""
        return self.instead.format(save=save)


_COPY = Sink(COPY, 1, "dst", 0, "src", folder=INTO)
_MOVE = Sink(MOVE, 1, "dst", 0, "src", folder=INTO)
_LINK = Sink(LINK, 1, "dst", 0, "src", folder=INTO)
_COMPRESSED = Sink(OPEN, 0, "filename", instead=BUFFER)
_ARRAYS = Sink(WRITE, 0, "file", 1, "arr", instead=BUFFER)
_LOG = Sink(OPEN, 0, "filename", default_mode="a", instead=LOG)
_TEMPORARY = Sink(WRITE, None, "dir", folder=INTO, instead=ELSEWHERE)
_MKDIR = Sink(FOLDER, 0, "path", instead=SUBFOLDER)
_FLAGS = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"})
_DATABASE = frozenset("wcn")

# Functions by dotted name.
FUNCTIONS: dict[str, Sink] = {
    # copy, move, link
    "shutil.copy": _COPY,
    "shutil.copy2": _COPY,
    "shutil.copyfile": _COPY,
    "shutil.copytree": Sink(COPY, 1, "dst", 0, "src", folder=INTO, instead=EACH),
    "shutil.copyfileobj": Sink(COPY, 1, "fdst", 0, "fsrc"),
    "shutil.move": _MOVE,
    "os.rename": _MOVE,
    "os.renames": Sink(MOVE, 1, "new", 0, "old", folder=INTO),
    "os.replace": _MOVE,
    "os.link": _LINK,
    "os.symlink": _LINK,
    "aiofiles.os.rename": _MOVE,
    "aiofiles.os.renames": Sink(MOVE, 1, "new", 0, "old", folder=INTO),
    "aiofiles.os.replace": _MOVE,
    "aiofiles.os.link": _LINK,
    "aiofiles.os.symlink": _LINK,
    "aioshutil.copy": _COPY,
    "aioshutil.copy2": _COPY,
    "aioshutil.copyfile": _COPY,
    "aioshutil.copytree": Sink(COPY, 1, "dst", 0, "src", folder=INTO, instead=EACH),
    "aioshutil.move": _MOVE,
    # open; the default mode is to read
    "builtins.open": Sink(OPEN, 0, "file"),
    "io.open": Sink(OPEN, 0, "file"),
    "io.FileIO": Sink(OPEN, 0, "file"),
    "os.open": Sink(OPEN, 0, "path", mode_keyword="flags", default_mode="", modes=_FLAGS),
    "codecs.open": Sink(OPEN, 0, "filename"),
    "gzip.open": _COMPRESSED,
    "gzip.GzipFile": _COMPRESSED,
    "bz2.open": _COMPRESSED,
    "bz2.BZ2File": _COMPRESSED,
    "lzma.open": _COMPRESSED,
    "lzma.LZMAFile": _COMPRESSED,
    "aiofiles.open": Sink(OPEN, 0, "file"),
    "anyio.open_file": Sink(OPEN, 0, "file"),
    "trio.open_file": Sink(OPEN, 0, "file"),
    "fsspec.open": Sink(OPEN, 0, "urlpath", default_mode="rb"),
    "smart_open.open": Sink(OPEN, 0, "uri"),
    "tarfile.open": Sink(OPEN, 0, "name", instead=BUFFER),
    "tarfile.TarFile.open": Sink(OPEN, 0, "name", instead=BUFFER),
    "tarfile.TarFile": Sink(OPEN, 0, "name", instead=BUFFER),
    "zipfile.ZipFile": Sink(OPEN, 0, "file", instead=BUFFER),
    "zipfile.PyZipFile": Sink(OPEN, 0, "file", instead=BUFFER),
    "wave.open": Sink(OPEN, 0, "f", default_mode="rb", instead=BUFFER),
    "h5py.File": Sink(OPEN, 0, "name", instead=BUFFER),
    "tables.open_file": Sink(OPEN, 0, "filename", instead=TEMPORARY),
    "netCDF4.Dataset": Sink(OPEN, 0, "filename", instead=TEMPORARY),
    "zarr.open": Sink(OPEN, 0, "store", default_mode="a", instead=TEMPORARY_FOLDER),
    "zarr.open_group": Sink(OPEN, 0, "store", default_mode="a", instead=TEMPORARY_FOLDER),
    "rasterio.open": Sink(OPEN, 0, "fp", instead=TEMPORARY),
    "fiona.open": Sink(OPEN, 0, "fp", instead=TEMPORARY),
    "soundfile.SoundFile": Sink(OPEN, 0, "file", instead=BUFFER),
    "av.open": Sink(OPEN, 0, "file", instead=BUFFER),
    "imageio.v3.imopen": Sink(OPEN, 0, "uri", mode_keyword="io_mode", default_mode="", instead=BUFFER),
    "shelve.open": Sink(OPEN, 0, "filename", mode_keyword="flag", default_mode="c", modes=_DATABASE, instead=TEMPORARY),
    "dbm.open": Sink(OPEN, 0, "file", mode_keyword="flag", modes=_DATABASE, instead=TEMPORARY),
    "tensorflow.io.gfile.GFile": Sink(OPEN, 0, "name"),
    # logs, databases, temporary files
    "logging.FileHandler": _LOG,
    "logging.handlers.RotatingFileHandler": _LOG,
    "logging.handlers.TimedRotatingFileHandler": Sink(WRITE, 0, "filename", instead=LOG),
    "logging.handlers.WatchedFileHandler": _LOG,
    "logging.basicConfig": Sink(OPEN, None, "filename", mode=None, mode_keyword="filemode", default_mode="a", instead=LOG),
    "loguru.logger.add": Sink(WRITE, 0, "sink", instead=LOG),
    "torch.utils.tensorboard.SummaryWriter": Sink(WRITE, 0, "log_dir", folder=INTO, instead=LOG),
    "tensorboardX.SummaryWriter": Sink(WRITE, 0, "logdir", folder=INTO, instead=LOG),
    "sqlite3.connect": Sink(WRITE, 0, "database", instead=SERIALIZED),
    "aiosqlite.connect": Sink(WRITE, 0, "database", instead=TEMPORARY),
    "duckdb.connect": Sink(WRITE, 0, "database", instead=TEMPORARY),
    "tempfile.NamedTemporaryFile": _TEMPORARY,
    "tempfile.TemporaryDirectory": _TEMPORARY,
    "tempfile.mkstemp": _TEMPORARY,
    "tempfile.mkdtemp": _TEMPORARY,
    "aiofiles.tempfile.NamedTemporaryFile": _TEMPORARY,
    "aiofiles.tempfile.TemporaryDirectory": _TEMPORARY,
    "anyio.NamedTemporaryFile": _TEMPORARY,
    "anyio.TemporaryDirectory": _TEMPORARY,
    "anyio.mkstemp": _TEMPORARY,
    "anyio.mkdtemp": _TEMPORARY,
    "os.truncate": Sink(WRITE, 0, "path"),
    "os.mkfifo": Sink(WRITE, 0, "path", instead=ELSEWHERE),
    "os.mkdir": _MKDIR,
    "os.makedirs": Sink(FOLDER, 0, "name", instead=SUBFOLDER),
    "aiofiles.os.mkdir": _MKDIR,
    "aiofiles.os.makedirs": Sink(FOLDER, 0, "name", instead=SUBFOLDER),
    # archives and downloads
    "shutil.unpack_archive": Sink(WRITE, 1, "extract_dir", 0, "filename", folder=INTO, instead=EACH),
    "shutil.make_archive": Sink(WRITE, 0, "base_name", folder=BESIDE, instead=TEMPORARY),
    "urllib.request.urlretrieve": Sink(WRITE, 1, "filename", 0, "url", instead=DOWNLOADED),
    "wget.download": Sink(WRITE, 1, "out", 0, "url", folder=INTO, instead=DOWNLOADED),
    "gdown.download": Sink(WRITE, 1, "output", 0, "url", instead=DOWNLOADED),
    "huggingface_hub.hf_hub_download": Sink(WRITE, None, "local_dir", folder=INTO, instead=DOWNLOADED),
    "huggingface_hub.snapshot_download": Sink(WRITE, None, "local_dir", folder=INTO, instead=DOWNLOADED),
    # images and video
    "cv2.imwrite": Sink(WRITE, 0, "filename", 1, "img", instead=ENCODED),
    "cv2.imwritemulti": Sink(WRITE, 0, "filename", 1, "img", instead=ENCODED),
    "cv2.VideoWriter": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "imageio.imwrite": Sink(WRITE, 0, "uri", 1, "image", instead=BUFFER),
    "imageio.imsave": Sink(WRITE, 0, "uri", 1, "im", instead=BUFFER),
    "imageio.mimwrite": Sink(WRITE, 0, "uri", 1, "ims", instead=BUFFER),
    "imageio.mimsave": Sink(WRITE, 0, "uri", 1, "ims", instead=BUFFER),
    "imageio.volwrite": Sink(WRITE, 0, "uri", 1, "im", instead=BUFFER),
    "imageio.volsave": Sink(WRITE, 0, "uri", 1, "im", instead=BUFFER),
    "imageio.get_writer": Sink(WRITE, 0, "uri", instead=BUFFER),
    "imageio.v2.imwrite": Sink(WRITE, 0, "uri", 1, "im", instead=BUFFER),
    "imageio.v2.mimwrite": Sink(WRITE, 0, "uri", 1, "ims", instead=BUFFER),
    "imageio.v2.mimsave": Sink(WRITE, 0, "uri", 1, "ims", instead=BUFFER),
    "imageio.v2.volwrite": Sink(WRITE, 0, "uri", 1, "im", instead=BUFFER),
    "imageio.v2.get_writer": Sink(WRITE, 0, "uri", instead=BUFFER),
    "imageio.v3.imwrite": Sink(WRITE, 0, "uri", 1, "image", instead=BUFFER),
    "imageio_ffmpeg.write_frames": Sink(WRITE, 0, "path", instead=TEMPORARY),
    "matplotlib.pyplot.savefig": Sink(WRITE, 0, "fname", instead=BUFFER),
    "matplotlib.pyplot.imsave": Sink(WRITE, 0, "fname", 1, "arr", instead=BUFFER),
    "matplotlib.backends.backend_pdf.PdfPages": Sink(WRITE, 0, "filename", instead=BUFFER),
    "matplotlib.image.imsave": Sink(WRITE, 0, "fname", 1, "arr", instead=BUFFER),
    "skimage.io.imsave": Sink(WRITE, 0, "fname", 1, "arr", instead=BUFFER),
    "tifffile.imwrite": Sink(WRITE, 0, "file", 1, "data", instead=BUFFER),
    "tifffile.imsave": Sink(WRITE, 0, "file", 1, "data", instead=BUFFER),
    "tifffile.TiffWriter": Sink(WRITE, 0, "file", instead=BUFFER),
    "torchvision.utils.save_image": Sink(WRITE, 1, "fp", 0, "tensor", instead=BUFFER),
    "torchvision.io.write_video": Sink(WRITE, 0, "filename", 1, "video_array", instead=TEMPORARY),
    "torchvision.io.write_png": Sink(WRITE, 1, "filename", 0, "input", instead=TEMPORARY),
    "torchvision.io.write_jpeg": Sink(WRITE, 1, "filename", 0, "input", instead=TEMPORARY),
    "torchvision.io.write_file": Sink(WRITE, 0, "filename", 1, "data", instead=TEMPORARY),
    "diffusers.utils.export_to_video": Sink(WRITE, 1, "output_video_path", 0, "video_frames", instead=TEMPORARY),
    "diffusers.utils.export_to_gif": Sink(WRITE, 1, "output_gif_path", 0, "image", instead=TEMPORARY),
    "plotly.io.write_image": Sink(WRITE, 1, "file", 0, "fig", instead=BUFFER),
    "plotly.io.write_html": Sink(WRITE, 1, "file", 0, "fig", instead=TEXT_BUFFER),
    "plotly.io.write_json": Sink(WRITE, 1, "file", 0, "fig", instead=TEXT_BUFFER),
    # sound
    "soundfile.write": Sink(WRITE, 0, "file", 1, "data", instead=BUFFER),
    "scipy.io.wavfile.write": Sink(WRITE, 0, "filename", 2, "data", instead=BUFFER),
    "torchaudio.save": Sink(WRITE, 0, "uri", 1, "src", instead=BUFFER),
    "librosa.output.write_wav": Sink(WRITE, 0, "path", 1, "y", instead=TEMPORARY),
    "audiofile.write": Sink(WRITE, 0, "file", 1, "signal", instead=TEMPORARY),
    # arrays, tables, models
    "numpy.save": _ARRAYS,
    "numpy.savez": Sink(WRITE, 0, "file", instead=BUFFER),
    "numpy.savez_compressed": Sink(WRITE, 0, "file", instead=BUFFER),
    "numpy.savetxt": Sink(WRITE, 0, "fname", 1, "X", instead=TEXT_BUFFER),
    "numpy.memmap": Sink(OPEN, 0, "filename", mode=2, default_mode="r+", instead=TOBYTES),
    "numpy.lib.format.open_memmap": Sink(OPEN, 0, "filename", default_mode="r+", instead=BUFFER),
    "scipy.io.savemat": Sink(WRITE, 0, "file_name", 1, "mdict", instead=BUFFER),
    "scipy.io.mmwrite": Sink(WRITE, 0, "target", 1, "a", instead=BUFFER),
    "scipy.sparse.save_npz": Sink(WRITE, 0, "file", 1, "matrix", instead=BUFFER),
    "zarr.save": Sink(WRITE, 0, "store", folder=INTO, instead=TEMPORARY_FOLDER),
    "joblib.dump": Sink(WRITE, 1, "filename", 0, "value", instead=BUFFER),
    "torch.save": Sink(WRITE, 1, "f", 0, "obj", instead=BUFFER),
    "torch.jit.save": Sink(WRITE, 1, "f", 0, "m", instead=BUFFER),
    "torch.export.save": Sink(WRITE, 1, "f", 0, "ep", instead=BUFFER),
    "torch.hub.download_url_to_file": Sink(WRITE, 1, "dst", 0, "url", instead=DOWNLOADED),
    "torch.package.PackageExporter": Sink(WRITE, 0, "f", instead=BUFFER),
    "torch.distributed.checkpoint.save": Sink(WRITE, None, "checkpoint_id", folder=INTO, instead=TEMPORARY_FOLDER),
    "cProfile.run": Sink(WRITE, 1, "filename", instead=TEMPORARY),
    "cProfile.runctx": Sink(WRITE, 3, "filename", instead=TEMPORARY),
    "torch.onnx.export": Sink(WRITE, 2, "f", 0, "model", instead=BUFFER),
    "safetensors.torch.save_file": Sink(WRITE, 1, "filename", 0, "tensors", instead=TENSORS),
    "safetensors.torch.save_model": Sink(WRITE, 1, "filename", 0, "model", instead=TEMPORARY),
    "safetensors.numpy.save_file": Sink(WRITE, 1, "filename", 0, "tensor_dict", instead=TENSORS),
    "tensorflow.saved_model.save": Sink(WRITE, 1, "export_dir", 0, "obj", folder=INTO, instead=TEMPORARY_FOLDER),
    "tensorflow.io.write_file": Sink(WRITE, 0, "filename", 1, "contents"),
    "keras.models.save_model": Sink(WRITE, 1, "filepath", 0, "model", instead=TEMPORARY),
    "keras.saving.save_model": Sink(WRITE, 1, "filepath", 0, "model", instead=TEMPORARY),
    "keras.callbacks.ModelCheckpoint": Sink(WRITE, 0, "filepath", instead=TEMPORARY),
    "keras.callbacks.CSVLogger": Sink(WRITE, 0, "filename", instead=LOG),
    "keras.callbacks.TensorBoard": Sink(WRITE, 0, "log_dir", folder=INTO, instead=LOG),
    "keras.utils.plot_model": Sink(WRITE, 1, "to_file", 0, "model", instead=TEMPORARY),
    "keras.utils.save_img": Sink(WRITE, 0, "path", 1, "x", instead=BUFFER),
    "tensorflow.keras.models.save_model": Sink(WRITE, 1, "filepath", 0, "model", instead=TEMPORARY),
    "onnx.save": Sink(WRITE, 1, "f", 0, "proto", instead=BUFFER),
    "onnx.save_model": Sink(WRITE, 1, "f", 0, "proto", instead=BUFFER),
    "pyarrow.parquet.write_table": Sink(WRITE, 1, "where", 0, "table", instead=BUFFER),
    "pyarrow.parquet.ParquetWriter": Sink(WRITE, 0, "where", instead=BUFFER),
    "pyarrow.feather.write_feather": Sink(WRITE, 1, "dest", 0, "df", instead=BUFFER),
    "pyarrow.csv.write_csv": Sink(WRITE, 1, "output_file", 0, "data", instead=BUFFER),
    "pandas.ExcelWriter": Sink(WRITE, 0, "path", instead=BUFFER),
    "pandas.HDFStore": Sink(OPEN, 0, "path", default_mode="a", instead=TEMPORARY),
    "pandas.to_pickle": Sink(WRITE, 1, "filepath_or_buffer", 0, "obj", instead=BUFFER),
    "xlsxwriter.Workbook": Sink(WRITE, 0, "filename", instead=BUFFER),
    "networkx.write_gexf": Sink(WRITE, 1, "path", 0, "G", instead=BUFFER),
    "networkx.write_gml": Sink(WRITE, 1, "path", 0, "G", instead=BUFFER),
    "networkx.write_graphml": Sink(WRITE, 1, "path", 0, "G", instead=BUFFER),
    "networkx.write_edgelist": Sink(WRITE, 1, "path", 0, "G", instead=BUFFER),
    "open3d.io.write_point_cloud": Sink(WRITE, 0, "filename", 1, "pointcloud", instead=TEMPORARY),
    "open3d.io.write_triangle_mesh": Sink(WRITE, 0, "filename", 1, "mesh", instead=TEMPORARY),
    "nibabel.save": Sink(WRITE, 1, "filename", 0, "img", instead=TEMPORARY),
    "SimpleITK.WriteImage": Sink(WRITE, 1, "fileName", 0, "image", instead=TEMPORARY),
    # text and configuration
    "omegaconf.OmegaConf.save": Sink(WRITE, 1, "f", 0, "config", instead=TO_YAML),
    "srsly.write_json": Sink(WRITE, 0, "path", 1, "data"),
    "srsly.write_yaml": Sink(WRITE, 0, "path", 1, "data"),
    "srsly.write_jsonl": Sink(WRITE, 0, "path", 1, "lines"),
    "jsonlines.open": Sink(OPEN, 0, "file"),
    "mmengine.dump": Sink(WRITE, 1, "file", 0, "obj", instead=BUFFER),
    "mmcv.dump": Sink(WRITE, 1, "file", 0, "obj", instead=BUFFER),
    "mmcv.imwrite": Sink(WRITE, 1, "file_path", 0, "img", instead=ENCODED),
    "dill.dump_session": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "pdfkit.from_string": Sink(WRITE, 1, "output_path", 0, "input", instead=RETURNED),
    "pdfkit.from_url": Sink(WRITE, 1, "output_path", 0, "url", instead=RETURNED),
    "pypandoc.convert_text": Sink(WRITE, None, "outputfile", instead=RETURNED),
    "pypandoc.convert_file": Sink(WRITE, None, "outputfile", instead=RETURNED),
}  # fmt: skip

# Methods by name, where the target is the object itself; it has to be a Path below the run folder.
OWN_METHODS: dict[str, Sink] = {
    "write_bytes": Sink(WRITE, -1, "", 0, "data"),
    "write_text": Sink(WRITE, -1, "", 0, "data"),
    "touch": Sink(WRITE, -1, folder=BESIDE),
    "open": Sink(OPEN, -1, mode=0),
    "mkdir": Sink(FOLDER, -1, instead=SUBFOLDER),
    "symlink_to": Sink(LINK, -1, "", 0, "target"),
    "hardlink_to": Sink(LINK, -1, "", 0, "target"),
    "link_to": Sink(LINK, 0, "target", -1),
}

# Methods by name, where an argument is the target.
TARGET_METHODS: dict[str, Sink] = {
    # of a Path
    "rename": Sink(MOVE, 0, "target", -1, folder=INTO),
    "replace": Sink(MOVE, 0, "target", -1, folder=INTO),
    "copy": Sink(COPY, 0, "target", -1, folder=INTO),
    "copy_into": Sink(COPY, 0, "target_dir", -1, folder=INTO),
    "move": Sink(MOVE, 0, "target", -1, folder=INTO),
    "move_into": Sink(MOVE, 0, "target_dir", -1, folder=INTO),
    # of images, figures, sound, video
    "save": Sink(WRITE, 0, "fp", instead=BUFFER),
    "savefig": Sink(WRITE, 0, "fname", instead=BUFFER),
    "write_html": Sink(WRITE, 0, "file", instead=TEXT_BUFFER),
    "write_image": Sink(WRITE, 0, "file", instead=BUFFER),
    "write_videofile": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "write_audiofile": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "write_gif": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "write_images_sequence": Sink(WRITE, 0, "name_format", instead=TEMPORARY_FOLDER),
    "save_frame": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "export": Sink(WRITE, 0, "out_f", instead=BUFFER),
    # of arrays and tables
    "tofile": Sink(WRITE, 0, "fid", instead=TOBYTES),
    "to_csv": Sink(WRITE, 0, "path_or_buf", instead=RETURNED),
    "to_json": Sink(WRITE, 0, "path_or_buf", instead=RETURNED),
    "to_parquet": Sink(WRITE, 0, "path", instead=RETURNED),
    "to_orc": Sink(WRITE, 0, "path", instead=RETURNED),
    "to_pickle": Sink(WRITE, 0, "path", instead=BUFFER),
    "to_feather": Sink(WRITE, 0, "path", instead=BUFFER),
    "to_stata": Sink(WRITE, 0, "path", instead=BUFFER),
    "to_excel": Sink(WRITE, 0, "excel_writer", instead=BUFFER),
    "to_html": Sink(WRITE, 0, "buf", instead=RETURNED),
    "to_latex": Sink(WRITE, 0, "buf", instead=RETURNED),
    "to_markdown": Sink(WRITE, 0, "buf", instead=RETURNED),
    "to_string": Sink(WRITE, 0, "buf", instead=RETURNED),
    "to_xml": Sink(WRITE, 0, "path_or_buffer", instead=RETURNED),
    "to_hdf": Sink(WRITE, 0, "path_or_buf", instead=TEMPORARY),
    "to_netcdf": Sink(WRITE, 0, "path", instead=RETURNED),
    "to_zarr": Sink(WRITE, 0, "store", folder=INTO, instead=TEMPORARY_FOLDER),
    "to_file": Sink(WRITE, 0, "filename", instead=TEMPORARY),
    "write_csv": Sink(WRITE, 0, "file", instead=RETURNED),
    "write_json": Sink(WRITE, 0, "file", instead=RETURNED),
    "write_ndjson": Sink(WRITE, 0, "file", instead=RETURNED),
    "write_parquet": Sink(WRITE, 0, "file", instead=BUFFER),
    "write_ipc_stream": Sink(WRITE, 0, "file", instead=BUFFER),
    "write_delta": Sink(WRITE, 0, "target", folder=INTO, instead=TEMPORARY_FOLDER),
    "write_ipc": Sink(WRITE, 0, "file", instead=BUFFER),
    "write_avro": Sink(WRITE, 0, "file", instead=BUFFER),
    "write_excel": Sink(WRITE, 0, "workbook", instead=BUFFER),
    "sink_csv": Sink(WRITE, 0, "path", instead=BUFFER),
    "sink_parquet": Sink(WRITE, 0, "path", instead=BUFFER),
    "sink_ipc": Sink(WRITE, 0, "path", instead=BUFFER),
    "sink_ndjson": Sink(WRITE, 0, "path", instead=BUFFER),
    # of models
    "save_pretrained": Sink(WRITE, 0, "save_directory", folder=INTO, instead=TEMPORARY_FOLDER),
    "save_to_disk": Sink(WRITE, 0, "dataset_path", folder=INTO, instead=TEMPORARY_FOLDER),
    "save_weights": Sink(WRITE, 0, "filepath", instead=TEMPORARY),
    "save_model": Sink(WRITE, 0, "fname", folder=INTO, instead=TEMPORARY),
    "save_checkpoint": Sink(WRITE, 0, "filepath", folder=INTO, instead=TEMPORARY),
    "dump_stats": Sink(WRITE, 0, "file", instead=TEMPORARY),
    "export_chrome_trace": Sink(WRITE, 0, "path", instead=TEMPORARY),
    "save_state": Sink(WRITE, 0, "output_dir", folder=INTO, instead=TEMPORARY_FOLDER),
    "save_lora_weights": Sink(WRITE, 0, "save_directory", folder=INTO, instead=TEMPORARY_FOLDER),
    # of documents, archives, clients
    "save_as": Sink(WRITE, 0, "path", instead=BUFFER),
    "saveas": Sink(WRITE, 0, "path", instead=BUFFER),
    "write_pdf": Sink(WRITE, 0, "target", instead=RETURNED),
    "download_file": Sink(WRITE, 2, "Filename", instead=DOWNLOADED),
    "fget_object": Sink(WRITE, 2, "file_path", instead=DOWNLOADED),
    "download_to_filename": Sink(WRITE, 0, "filename", instead=DOWNLOADED),
    "extractall": Sink(WRITE, 0, "path", folder=INTO, instead=EACH),
    "extract": Sink(WRITE, 1, "path", 0, "member", folder=INTO, instead=EACH),
    "write": Sink(WRITE, 0, "file_or_filename", instead=BUFFER),
}

# Commands by name: what they do with their last argument, or with the one behind the option.
COMMANDS: dict[str, tuple[str, str]] = {
    "cp": (COPY, ""),
    "install": (COPY, ""),
    "rsync": (COPY, ""),
    "scp": (COPY, ""),
    "mv": (MOVE, ""),
    "ln": (LINK, ""),
    "ffmpeg": (WRITE, ""),
    "sox": (WRITE, ""),
    "lame": (WRITE, ""),
    "convert": (WRITE, ""),
    "magick": (WRITE, ""),
    "cwebp": (WRITE, "-o"),
    "wget": (WRITE, "-O"),
    "curl": (WRITE, "-o"),
    "yt-dlp": (WRITE, "-o"),
    "pandoc": (WRITE, "-o"),
    "tee": (WRITE, ""),
    "touch": (WRITE, ""),
    "mkdir": (FOLDER, ""),
}

# What starts a command that is given as a list; `*` where each word is an argument of its own.
RUNNERS: dict[str, str] = {
    "subprocess.run": "args",
    "subprocess.call": "args",
    "subprocess.check_call": "args",
    "subprocess.check_output": "args",
    "subprocess.Popen": "args",
    "anyio.run_process": "command",
    "trio.run_process": "command",
    "asyncio.create_subprocess_exec": "*",
}
