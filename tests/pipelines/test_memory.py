"""Peak memory is that of the process itself, not of the one that started it."""

import subprocess
import sys

from pipelines.memory import peak_memory_bytes

MIB = 1024 * 1024


def test_a_large_allocation_shows_and_stays_shown() -> None:
    before = peak_memory_bytes()
    block = bytearray(before + 64 * MIB)
    block[::4096] = b"x" * len(block[::4096])
    held = peak_memory_bytes()
    del block
    assert held >= before + 64 * MIB
    assert peak_memory_bytes() >= held - MIB  # the kernel counts in batches per thread


def test_a_child_does_not_inherit_the_peak_of_its_parent() -> None:
    block = bytearray(200 * MIB)
    block[::4096] = b"x" * len(block[::4096])
    code = "from pipelines.memory import peak_memory_bytes; print(peak_memory_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100 * MIB
    assert len(block) == 200 * MIB
