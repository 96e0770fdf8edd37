"""Turns loops over numbers into machine code, keeps it for later starts, calls it outside the interpreter's lock.

A loop is a plain Python function over flat arrays and counts, which calls nothing and returns nothing. Numba compiles
it once a machine, a second or two for each. Where a compiler would not find the quickest way it is written down for
LLVM, vector by vector (`stage.vector_code`). Later starts only load what LLVM made of it (Numba's own cache would
import half of Numba and SciPy first: more than half a second of CPU). The files lie beside the code or, where that
cannot be written, in the user's cache folder; where neither can be, each start compiles. A file that is not whole is
not used.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import llvmlite
import llvmlite.binding as llvm

Kind: TypeAlias = Literal["bytes", "floats", "numbers", "integers", "places", "objects", "count"]
"""`bytes`, `floats`, `numbers` (float64), `integers` (int32), `places` (addresses) and `objects` (Python's) come as
addresses, whose memory stays its owner's.
"""

KINDS: dict[Kind, tuple[str, Any]] = {
    "bytes": ("CPointer(u1)", ctypes.c_void_p),
    "floats": ("CPointer(f4)", ctypes.c_void_p),
    "numbers": ("CPointer(f8)", ctypes.c_void_p),
    "integers": ("CPointer(i4)", ctypes.c_void_p),
    "places": ("CPointer(i8)", ctypes.c_void_p),
    "objects": ("CPointer(i8)", ctypes.c_void_p),
    "count": ("i8", ctypes.c_void_p),  # a whole number all the same: as c_int64 it takes twice as long to pass
}
DIGEST_BYTES = hashlib.sha256().digest_size
Call: TypeAlias = Callable[..., None]


class Loop(NamedTuple):
    """A function and what it takes."""

    function: Call
    arguments: tuple[Kind, ...]


class WrittenLoop(NamedTuple):
    """A function that writes a loop into a `stage.vector_code.Code`, its first argument, and what the loop takes.

    Such a loop is called with the address of `arguments`: to pass half a dozen by ctypes takes as long as finding where
    64 blocks lie.
    """

    function: Call
    arguments: tuple[Kind, ...]


AnyLoop: TypeAlias = Loop | WrittenLoop


class CPU(NamedTuple):
    """As LLVM calls it."""

    name: str
    features: str


def user_folder() -> Path:
    """Where this user's programs keep what they can make again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "houselights"


def this_cpu() -> CPU:
    return CPU(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


def load(
    loops: Sequence[AnyLoop], sources: Sequence[Path], folders: Sequence[Path], cpu: CPU | None = None
) -> tuple[Call, ...]:
    """The loops as machine code of this CPU, or of one that can do less. What is kept is good as long as `sources`, the
    files that they and their constants come from, stay as they are; `folders` are tried in turn."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu = cpu or this_cpu()
    machine = llvm.Target.from_default_triple().create_target_machine(*cpu, opt=3, jit=True)
    made_from = hashlib.sha256(repr((llvmlite.__version__, *cpu, machine.triple)).encode())
    for source in (Path(__file__), *sources):
        made_from.update(source.read_bytes())
    codes = [_code(loop, machine, made_from.hexdigest()[:16], folders) for loop in loops]
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    for code in codes:
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return tuple(_call(loop, engine) for loop in loops)


def arguments(*values: int) -> ctypes.Array[ctypes.c_int64]:
    """In memory, for as many calls of a written loop as one likes; `ctypes.addressof` says where."""
    return (ctypes.c_int64 * len(values))(*values)


def _call(loop: AnyLoop, engine: Any) -> Call:
    address = engine.get_function_address(loop.function.__name__)
    kinds = ("places",) if isinstance(loop, WrittenLoop) else loop.arguments
    call = ctypes.CFUNCTYPE(None, *(KINDS[kind][1] for kind in kinds))(address)
    call.engine = engine  # type: ignore[attr-defined]  # the code lives as long as its engine
    return call


def _code(loop: AnyLoop, machine: Any, made_from: str, folders: Sequence[Path]) -> bytes:
    """What was kept, or what is made now and kept in the first folder that can be written."""
    name = loop.function.__name__
    kept = f"{name}-{made_from}.code"
    code = next((found for folder in folders if (found := _read(folder / kept)) is not None), None)
    if code is None:
        code = bytes(machine.emit_object(_compiled(loop)))
        any(_keep(folder, kept, name, code) for folder in folders)
    return code


def _compiled(loop: AnyLoop) -> Any:
    if isinstance(loop, WrittenLoop):
        return llvm.parse_assembly(_written(loop))
    import numba  # only here: what is kept needs nothing of it

    arguments = ", ".join(KINDS[kind][0] for kind in loop.arguments)
    compiled = numba.cfunc(f"void({arguments})")(loop.function)
    module = llvm.parse_assembly(compiled.inspect_llvm())
    foreign = [one.name for one in module.functions if one.is_declaration and not one.name.startswith("llvm.")]
    if foreign:
        raise ValueError(f"expected {loop.function.__name__} to be a loop that calls nothing, it calls {foreign!r}")
    module.get_function(compiled.native_name).name = loop.function.__name__
    return module


def _written(loop: WrittenLoop) -> str:
    """What a loop that writes itself down has written, in LLVM's language."""
    from stage.vector_code import COUNT, POINTER, Code  # only here, as above

    kinds = [COUNT if kind == "count" else POINTER for kind in loop.arguments]
    code = Code(loop.function.__name__, kinds)
    loop.function(code, *code.arguments)
    return code.written()


def _read(path: Path) -> bytes | None:
    try:
        digest, code = (content := path.read_bytes())[:DIGEST_BYTES], content[DIGEST_BYTES:]
    except OSError:
        return None
    return code if hashlib.sha256(code).digest() == digest else None


def _keep(folder: Path, kept: str, name: str, code: bytes) -> bool:
    """Write it whole or not at all, in place of what was made from older sources."""
    being_written = folder / f"{kept}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        being_written.write_bytes(hashlib.sha256(code).digest() + code)
        being_written.replace(folder / kept)
        for older in folder.glob(f"{name}-*.code"):
            if older.name != kept:
                older.unlink(missing_ok=True)
    except OSError:
        return False
    return True
