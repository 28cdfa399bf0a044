"""Run a coroutine to its end from synchronous code, with or without an event loop running in this thread."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run_sync(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of `coroutine`; the calling thread waits for it.

    Inside a running loop it gets a thread with its own loop.
    """
    import asyncio  # `import recorder` does without

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    return _in_own_thread(coroutine)


def _in_own_thread(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    import asyncio
    import contextvars
    from concurrent.futures import Future
    from threading import Thread

    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()
    done: Future[_Result] = Future()

    async def main() -> _Result:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        return await coroutine

    def run() -> None:
        try:
            done.set_result(asyncio.run(main()))
        except BaseException as error:  # it belongs to the caller, who waits
            done.set_exception(error)

    thread = Thread(target=contextvars.copy_context().run, args=(run,), name="recorder-download", daemon=True)
    thread.start()
    try:
        return done.result()
    except BaseException:
        if not done.done():  # Ctrl-C while waiting: the download must not go on behind the caller's back
            loop, task = started.result()
            loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()
