"""The calls that put a file somewhere: which argument is the target, which the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_plugin.flow.callee import dotted_name, last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.run_paths import PathReader, PathValue

COPY = "copy"
MOVE = "move"
LINK = "link"
WRITE = "write"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Sink:
    """How one function writes.

    Attributes:
        kind: `copy`, `move`, `link`, `write` or `open`.
        target: Position of the target among the arguments; -1 is the object that a method is called on.
        target_keyword: Its name as a keyword.
        source: Position of the source or content; None where there is none.
        source_keyword: Its name as a keyword.
        mode: Position of the open mode, for `open` kinds.
    """

    kind: str
    target: int = 0
    target_keyword: str = ""
    source: int | None = None
    source_keyword: str = ""
    mode: int = 1


_COPY = Sink(COPY, 1, "dst", 0, "src")
_MOVE = Sink(MOVE, 1, "dst", 0, "src")
_LINK = Sink(LINK, 1, "dst", 0, "src")

# Functions by dotted name.
FUNCTIONS: dict[str, Sink] = {
    "shutil.copy": _COPY,
    "shutil.copy2": _COPY,
    "shutil.copyfile": _COPY,
    "shutil.copytree": _COPY,
    "shutil.copyfileobj": Sink(COPY, 1, "fdst", 0, "fsrc"),
    "shutil.move": _MOVE,
    "os.rename": _MOVE,
    "os.renames": Sink(MOVE, 1, "new", 0, "old"),
    "os.replace": _MOVE,
    "os.link": _LINK,
    "os.symlink": _LINK,
    "builtins.open": Sink(OPEN, 0, "file"),
    "io.open": Sink(OPEN, 0, "file"),
    "codecs.open": Sink(OPEN, 0, "filename"),
    "gzip.open": Sink(OPEN, 0, "filename"),
    "bz2.open": Sink(OPEN, 0, "filename"),
    "lzma.open": Sink(OPEN, 0, "filename"),
    "bz2.BZ2File": Sink(OPEN, 0, "filename"),
    "gzip.GzipFile": Sink(OPEN, 0, "filename"),
    "lzma.LZMAFile": Sink(OPEN, 0, "filename"),
    "aiofiles.open": Sink(OPEN, 0, "file"),
    "anyio.open_file": Sink(OPEN, 0, "file"),
    "tarfile.open": Sink(OPEN, 0, "name"),
    "zipfile.ZipFile": Sink(OPEN, 0, "file"),
    "wave.open": Sink(OPEN, 0, "f"),
    "shutil.unpack_archive": Sink(WRITE, 1, "extract_dir", 0, "filename"),
    "shutil.make_archive": Sink(WRITE, 0, "base_name"),
    "urllib.request.urlretrieve": Sink(WRITE, 1, "filename", 0, "url"),
    "wget.download": Sink(WRITE, 1, "out", 0, "url"),
    "cv2.imwrite": Sink(WRITE, 0, "filename", 1, "img"),
    "imageio.imwrite": Sink(WRITE, 0, "uri", 1, "image"),
    "imageio.imsave": Sink(WRITE, 0, "uri", 1, "im"),
    "imageio.mimsave": Sink(WRITE, 0, "uri", 1, "ims"),
    "imageio.v2.imwrite": Sink(WRITE, 0, "uri", 1, "im"),
    "imageio.v3.imwrite": Sink(WRITE, 0, "uri", 1, "image"),
    "matplotlib.pyplot.savefig": Sink(WRITE, 0, "fname"),
    "matplotlib.pyplot.imsave": Sink(WRITE, 0, "fname", 1, "arr"),
    "numpy.save": Sink(WRITE, 0, "file", 1, "arr"),
    "numpy.savez": Sink(WRITE, 0, "file"),
    "numpy.savez_compressed": Sink(WRITE, 0, "file"),
    "numpy.savetxt": Sink(WRITE, 0, "fname", 1, "X"),
    "scipy.io.wavfile.write": Sink(WRITE, 0, "filename", 2, "data"),
    "scipy.io.savemat": Sink(WRITE, 0, "file_name", 1, "mdict"),
    "soundfile.write": Sink(WRITE, 0, "file", 1, "data"),
    "joblib.dump": Sink(WRITE, 1, "filename", 0, "value"),
    "torch.save": Sink(WRITE, 1, "f", 0, "obj"),
    "torchaudio.save": Sink(WRITE, 0, "uri", 1, "src"),
    "torchvision.utils.save_image": Sink(WRITE, 1, "fp", 0, "tensor"),
    "torchvision.io.write_video": Sink(WRITE, 0, "filename", 1, "video_array"),
    "torchvision.io.write_png": Sink(WRITE, 1, "filename", 0, "input"),
    "torchvision.io.write_jpeg": Sink(WRITE, 1, "filename", 0, "input"),
    "safetensors.torch.save_file": Sink(WRITE, 1, "filename", 0, "tensors"),
    "safetensors.numpy.save_file": Sink(WRITE, 1, "filename", 0, "tensor_dict"),
    "tifffile.imwrite": Sink(WRITE, 0, "file", 1, "data"),
    "skimage.io.imsave": Sink(WRITE, 0, "fname", 1, "arr"),
    "plotly.io.write_image": Sink(WRITE, 1, "file", 0, "fig"),
}

# Methods by name, where the target is the object itself; it has to be a path below the run folder.
OWN_METHODS: dict[str, Sink] = {
    "write_bytes": Sink(WRITE, -1, "", 0, "data"),
    "write_text": Sink(WRITE, -1, "", 0, "data"),
    "touch": Sink(WRITE, -1),
    "open": Sink(OPEN, -1, mode=0),
    "symlink_to": Sink(LINK, -1, "", 0, "target"),
    "hardlink_to": Sink(LINK, -1, "", 0, "target"),
    "link_to": Sink(LINK, 0, "target", -1),
}

# Methods by name, where an argument is the target.
TARGET_METHODS: dict[str, Sink] = {
    "rename": Sink(MOVE, 0, "target", -1),
    "replace": Sink(MOVE, 0, "target", -1),
    "copy": Sink(COPY, 0, "target", -1),
    "copy_into": Sink(COPY, 0, "target_dir", -1),
    "move": Sink(MOVE, 0, "target", -1),
    "move_into": Sink(MOVE, 0, "target_dir", -1),
    "save": Sink(WRITE, 0, "fp"),
    "savefig": Sink(WRITE, 0, "fname"),
    "tofile": Sink(WRITE, 0, "fid"),
    "to_csv": Sink(WRITE, 0, "path_or_buf"),
    "to_json": Sink(WRITE, 0, "path_or_buf"),
    "to_parquet": Sink(WRITE, 0, "path"),
    "to_pickle": Sink(WRITE, 0, "path"),
    "to_feather": Sink(WRITE, 0, "path"),
    "to_excel": Sink(WRITE, 0, "excel_writer"),
    "to_html": Sink(WRITE, 0, "buf"),
    "to_hdf": Sink(WRITE, 0, "path_or_buf"),
    "write_html": Sink(WRITE, 0, "file"),
    "write_image": Sink(WRITE, 0, "file"),
    "write_videofile": Sink(WRITE, 0, "filename"),
    "write_audiofile": Sink(WRITE, 0, "filename"),
    "export": Sink(WRITE, 0, "out_f"),
    "save_pretrained": Sink(WRITE, 0, "save_directory"),
    "save_as": Sink(WRITE, 0, "path"),
    "saveas": Sink(WRITE, 0, "path"),
    "download_file": Sink(WRITE, 2, "Filename"),
    "extractall": Sink(WRITE, 0, "path"),
    "extract": Sink(WRITE, 1, "path", 0, "member"),
    "write": Sink(WRITE, 0, "file_or_filename"),
}

# Functions that write several files into a folder.
_INTO_FOLDER = frozenset({"shutil.unpack_archive", ".extractall", ".extract", ".save_pretrained"})

# Functions that write beside the folder that they are given.
_BESIDE_FOLDER = frozenset({"shutil.make_archive", ".touch"})

_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in FUNCTIONS)
_METHODS = frozenset(OWN_METHODS) | frozenset(TARGET_METHODS)


@dataclass(frozen=True, slots=True)
class Write:
    """One call that writes below a run folder.

    Attributes:
        call: The call.
        function: Dotted name of the function, or `.method`.
        sink: How it writes.
        target: The target's expression.
        path: Where it leads.
        source: The source or content expression, None where the call has none.
        mode: The constant open mode, "" where the call has none.
    """

    call: ast.Call
    function: str
    sink: Sink
    target: ast.expr
    path: PathValue
    source: ast.expr | None
    mode: str = ""


def writes(calls: list[ast.Call], flow: Flow, paths: PathReader) -> Iterator[Write]:
    """Every write below a run folder, in the order of the calls; one for each file written."""
    found = [write for call in calls for write in _of_call(call, flow, paths)]
    # A handle that is opened for copyfileobj is one write with it.
    inside = {write.target for write in found if write.function == "shutil.copyfileobj"}
    yield from (write for write in found if write.call not in inside)


def opened_call(flow: Flow, handle: ast.expr) -> ast.Call | None:
    """The call that opened a file handle, where there is just one."""
    if isinstance(handle, ast.Call):
        return handle
    if isinstance(handle, ast.Name):
        reached = [definition for definition in flow.reach(handle) if definition.kind != "unbound"]
        if len(reached) == 1 and isinstance(reached[0].value, ast.Call):
            return reached[0].value
    return None


def _of_call(call: ast.Call, flow: Flow, paths: PathReader) -> Iterator[Write]:
    last = last_name(call.func)
    function = dotted_name(flow, call.func) if last in _LAST_NAMES or not isinstance(call.func, ast.Attribute) else None
    # `os.rename` and `shutil.copy` are functions, not methods of a path.
    if isinstance(call.func, ast.Attribute) and last in _METHODS and function not in FUNCTIONS:
        for table in (OWN_METHODS, TARGET_METHODS):
            sink = table.get(last)
            # `copy.copy(x)` and `dataclasses.replace(x)` are functions as well, and move no file.
            if sink is not None and not (sink.kind in (COPY, MOVE) and dotted_name(flow, call.func) is not None):
                write = _write(call, "." + last, sink, paths)
                if write is not None:
                    yield write
                    return
    if function is None:
        return
    sink = FUNCTIONS.get(function)
    if function == "shutil.copyfileobj" and sink is not None:
        handle = argument(call, 1, "fdst")
        opened = None if handle is None else opened_call(flow, handle)
        for write in () if opened is None else _of_call(opened, flow, paths):
            yield Write(call, function, sink, write.call, write.path, argument(call, 0, "fsrc"), write.mode)
    elif sink is not None:
        write = _write(call, function, sink, paths)
        if write is not None:
            yield write


def _write(call: ast.Call, function: str, sink: Sink, paths: PathReader) -> Write | None:
    target = argument(call, sink.target, sink.target_keyword)
    if target is None:
        return None
    path = paths.of(target)
    if path is None or not path.below_run or path.evidence.own:
        return None
    if not path.parts and sink.kind in (WRITE, OPEN) and function not in _INTO_FOLDER:
        if path.recorder is None or sink.kind == OPEN or function in _BESIDE_FOLDER:
            return None  # the folder itself: what is written lies beside it, or nothing is
    if function == ".replace" and len(call.args) != 1:
        return None  # str.replace takes two
    if function == ".write" and not (path.is_path and _is_element_tree(call, paths)):
        return None  # the path's text written to a file, or its file into a ZipFile
    mode = ""
    if sink.kind == OPEN:
        given = argument(call, sink.mode, "mode")
        if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
            return None
        mode = given.value
        if not set(mode.partition(":")[0]) & set("wax+"):
            return None
    source = None if sink.source is None else argument(call, sink.source, sink.source_keyword)
    return Write(call, function, sink, target, path, source, mode)


def _is_element_tree(call: ast.Call, paths: PathReader) -> bool:
    """Whether `x.write(path)` is that of an ElementTree: by what `x` is made of, or by its name."""
    assert isinstance(call.func, ast.Attribute)
    made = opened_call(paths.flow, call.func.value)
    if made is not None:
        return last_name(made.func) in ("ElementTree", "parse", "getroottree", "iterparse")
    return "tree" in last_name(call.func.value).lower()


def argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    """An argument by position or keyword; position -1 is the object that the method is called on."""
    if position == -1:
        return call.func.value if isinstance(call.func, ast.Attribute) else None
    for index, given in enumerate(call.args):
        if isinstance(given, ast.Starred):
            return None
        if index == position:
            return given
    return next((k.value for k in call.keywords if keyword and k.arg == keyword), None)
