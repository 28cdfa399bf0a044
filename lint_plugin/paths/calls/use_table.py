"""What else is done with a path: the functions that read a file, that remove it, that pass a call on."""

from __future__ import annotations

# Functions that read the file that one of their arguments names.
READERS: frozenset[str] = frozenset({
    "os.path.exists", "os.path.isfile", "os.path.lexists", "os.path.getsize", "os.path.getmtime", "os.path.getctime",
    "os.path.samefile", "os.stat", "os.lstat", "os.access", "os.readlink", "os.listdir", "os.scandir", "glob.glob",
    "glob.iglob",
    "aiofiles.os.stat", "aiofiles.os.path.exists", "aiofiles.os.path.isfile", "aiofiles.os.path.getsize",
    "filecmp.cmp", "hashlib.file_digest", "mimetypes.guess_type", "linecache.getline", "fileinput.input", "runpy.run_path",
    "PIL.Image.open", "cv2.imread", "cv2.VideoCapture", "imageio.imread", "imageio.mimread", "imageio.get_reader",
    "imageio.v2.imread", "imageio.v3.imread", "imageio.v3.imiter", "matplotlib.pyplot.imread", "matplotlib.image.imread",
    "skimage.io.imread", "tifffile.imread", "torchvision.io.read_image", "torchvision.io.read_video",
    "soundfile.read", "soundfile.info", "librosa.load", "torchaudio.load", "torchaudio.info", "scipy.io.wavfile.read",
    "pydub.AudioSegment.from_file", "pydub.AudioSegment.from_mp3", "pydub.AudioSegment.from_wav",
    "numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile", "scipy.io.loadmat", "joblib.load",
    "torch.load", "torch.jit.load", "safetensors.torch.load_file", "safetensors.safe_open", "onnx.load",
    "tensorflow.io.read_file", "keras.models.load_model", "tensorflow.keras.models.load_model", "omegaconf.OmegaConf.load",
    "xml.etree.ElementTree.parse", "lxml.etree.parse", "configparser.ConfigParser.read",
    "zipfile.is_zipfile", "tarfile.is_tarfile",
    "fastapi.responses.FileResponse", "starlette.responses.FileResponse", "fastapi.FileResponse", "django.http.FileResponse",
    "flask.send_file", "quart.send_file", "aiohttp.web.FileResponse", "sanic.response.file", "bottle.static_file",
    "IPython.display.Image", "IPython.display.Audio", "IPython.display.Video", "discord.File",
    "streamlit.image", "streamlit.audio",
})  # fmt: skip

# Beginnings of the names of functions and methods that read what they are given: `pandas.read_csv`, `polars.scan_parquet`.
READ_PREFIXES = ("read_", "load_", "scan_", "imread", "from_pretrained", "from_file", "upload_", "send_file")

# Methods that read the path that they are called on.
READ_METHODS: frozenset[str] = frozenset({
    "read_text", "read_bytes", "exists", "is_file", "is_dir", "is_symlink", "stat", "lstat", "samefile", "iterdir", "glob",
    "rglob", "walk", "readlink", "owner", "group", "copy", "copy_into",
})  # fmt: skip

# Functions that say a path to a person, which is no use of the file.
SPOKEN: frozenset[str] = frozenset({"builtins.print", "builtins.repr", "warnings.warn", "pprint.pprint"})
SPOKEN_METHODS: frozenset[str] = frozenset({
    "debug", "info", "warning", "error", "exception", "critical", "log", "print", "echo", "secho",
})  # fmt: skip

# Functions that remove the file or folder that their argument names, by the argument's name as a keyword.
REMOVERS: dict[str, str] = {
    "os.remove": "path",
    "os.unlink": "path",
    "os.rmdir": "path",
    "os.removedirs": "name",
    "shutil.rmtree": "path",
    "send2trash.send2trash": "paths",
    "aiofiles.os.remove": "path",
    "aiofiles.os.unlink": "path",
    "aiofiles.os.rmdir": "path",
    "aiofiles.os.removedirs": "name",
    "aioshutil.rmtree": "path",
}
REMOVE_METHODS: frozenset[str] = frozenset({"unlink", "rmdir", "rmtree"})
REMOVE_COMMANDS: frozenset[str] = frozenset({"rm", "unlink", "rmdir", "shred"})

# What calls a function later or elsewhere: the function's position among the arguments; its own follow.
PASSING: dict[str, int] = {
    "functools.partial": 0,
    "asyncio.to_thread": 0,
    "anyio.to_thread.run_sync": 0,
    "trio.to_thread.run_sync": 0,
    "fastapi.concurrency.run_in_threadpool": 0,
    "starlette.concurrency.run_in_threadpool": 0,
    "atexit.register": 0,
}
PASSING_METHODS: dict[str, int] = {
    "run_in_executor": 1,
    "submit": 0,
    "add_task": 0,
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "callback": 0,
}
# The same with `target=` and `args=`.
THREADS: frozenset[str] = frozenset({"threading.Thread", "multiprocessing.Process", "threading.Timer"})
