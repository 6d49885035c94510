"""The engine's process: it ends with ours, and its death is told."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import memvid_sdk
from memvid_sdk import Memory, _engine, create


def run(code: str, *arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=env)


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def wait_for_end(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)


START = (
    "import sys, os, memvid_sdk; from memvid_sdk import _engine; "
    "mem = memvid_sdk.create(sys.argv[1]); mem.put(text='kept'); print(_engine.shared_engine()._child.pid, flush=True); "
)


@pytest.mark.parametrize("ending", ["", "os._exit(3)", "os.kill(os.getpid(), 9)", "raise SystemExit(1)"])
def test_no_engine_outlives_us(path: Path, ending: str) -> None:
    done = run(START + ending, path)
    assert wait_for_end(int(done.stdout)), "the engine goes on"
    with memvid_sdk.open(path) as mem:
        assert mem.get(0).text == "kept"


def test_a_killed_engine_is_told_and_replaced(path: Path) -> None:
    mem = create(path)
    mem.put(text="kept")
    engine = _engine.shared_engine()
    os.kill(engine._child.pid, signal.SIGKILL)
    with pytest.raises(memvid_sdk.EngineError) as caught:
        for _ in range(100):
            mem.stats()
            time.sleep(0.01)
    assert caught.value.code == "EngineDied" and "signal 9" in caught.value.message
    mem.close()
    with create(path) as again:
        assert again.get(0).text == "kept"
        assert again.verify().damages == []


def test_a_request_that_is_waited_for_when_the_engine_dies(path: Path) -> None:
    code = START + (
        "import threading, time\n"
        "threading.Timer(0.5, lambda: os.kill(_engine.shared_engine()._child.pid, 9)).start()\n"
        "try:\n"
        "    mem.put_many({'text': f'n {i}'} for i in range(10**8))\n"
        "except memvid_sdk.EngineError as error:\n"
        "    print(error.code)\n"
    )
    assert run(code, path).stdout.split()[1:] == ["EngineDied"]


def test_ctrl_c_stops_the_call_and_leaves_a_valid_file(path: Path) -> None:
    code = START + (
        "\ntry:\n"
        "    mem.put_many({'text': f'n {i}'} for i in range(10**8))\n"
        "except KeyboardInterrupt:\n"
        "    before = mem.stats().frame_count\n"
        "    print('stopped', mem.put(text='after').frame_id == before, mem.verify().damages)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(1)
    os.killpg(child.pid, signal.SIGINT)
    assert child.stdout.readline() == "stopped True []\n"
    assert child.wait(20) == 0
    child.stdout.close()


def test_a_forked_child_opens_its_own(path: Path) -> None:
    code = START + (
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        mem.stats()\n"
        "    except memvid_sdk.EngineError as error:\n"
        "        assert error.code == 'Forked'\n"
        "    with memvid_sdk.open(sys.argv[1]) as own:\n"
        "        own.put(text='from the child')\n"
        "    _engine._close_all()\n"
        "    os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
        "print(mem.stats().frame_count)\n"
    )
    assert run(code, path).stdout.split()[1:] == ["2"]


def test_node_from_the_package_when_there_is_none_on_the_path(path: Path) -> None:
    env = {"PATH": "/nonexistent", "HOME": str(path.parent)}
    done = run("import sys, memvid_sdk; print(memvid_sdk.create(sys.argv[1]).put(text='x').frame_id)", path, env=env)
    assert done.stdout == "0\n", done.stderr


def test_no_engine_says_what_to_do(path: Path) -> None:
    env = {**os.environ, "MEMVID_ENGINE": "/nonexistent/main.cjs"}
    done = run("import sys, memvid_sdk; memvid_sdk.create(sys.argv[1])", path, env=env)
    assert "EngineNotFound" in done.stderr and "npm run setup" in done.stderr


def test_threads_share_one_engine(mem: Memory) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda i: mem.put(text=f"number {i}").frame_id, range(60)))
    assert sorted(results) == list(range(60))
