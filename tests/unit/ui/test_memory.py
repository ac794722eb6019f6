"""Memory is taken from a few arenas, however many threads there are."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
COUNT = """
import ctypes, threading
from ui.shared.memory import share_arenas
{call}
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier(24)

def take():
    together.wait()
    libc.malloc(1000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fopen.restype, libc.fclose.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
out = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fclose(out)
"""


def num_arenas(call: str) -> int:
    command = [sys.executable, "-c", COUNT.format(call=call)]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return said.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="arenas are those of Linux's C library")
def test_threads_share_their_arenas() -> None:
    assert num_arenas("pass") > 4
    assert num_arenas("share_arenas()") <= 2
