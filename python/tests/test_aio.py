"""The same, awaited."""
from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import memvid_sdk
from memvid_sdk import aio


def test_calls_run_side_by_side(path: Path) -> None:
    async def main() -> None:
        async with await aio.create(path) as mem:
            await mem.put(text="The mill burned down in 1871.")
            assert (await mem.put_many([{"text": f"number {i}"} for i in range(1500)])).count == 1500
            found = await asyncio.gather(*(mem.find("mill", k=1) for _ in range(40)))
            assert {result.hits[0].frame_id for result in found} == {0}
            stream = mem.ask_stream("When did the mill burn down?")
            pieces = [piece async for piece in stream]
            assert "".join(pieces) == (await stream.result()).answer
            with pytest.raises(memvid_sdk.InputError):
                await mem.find("")

    asyncio.run(main())


def test_a_cancelled_task_stops_the_call(path: Path) -> None:
    async def main() -> None:
        async with await aio.create(path) as mem:
            task = asyncio.create_task(mem.put_many({"text": f"number {i}"} for i in range(10_000_000)))
            while (await mem.stats()).frame_count == 0:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.5)
            stopped = (await mem.stats()).frame_count
            await asyncio.sleep(0.5)
            assert (await mem.stats()).frame_count == stopped > 0
            assert (await mem.verify()).damages == []

    asyncio.run(main())


def test_both_doors_have_the_same_methods() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert names(memvid_sdk.Memory) == names(aio.Memory)
