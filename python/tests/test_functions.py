"""What needs no memory."""

from __future__ import annotations

import pytest

import memvid_sdk


def test_grounding_of_any_answer() -> None:
    contexts = ["The acquisition was valued at $2 billion."]
    assert memvid_sdk.score_grounding("The acquisition was valued at $2 billion.", contexts).label == "HIGH"
    wrong = memvid_sdk.score_grounding("The acquisition was valued at $3 billion.", contexts, question="How much?")
    assert [sentence.verdict for sentence in wrong.sentences] == ["CONTRADICTED"]
    with pytest.raises(memvid_sdk.InputError):
        memvid_sdk.score_grounding("x", "not a list of texts")


def test_models_with_their_prices() -> None:
    models = {model.label: model for model in memvid_sdk.list_models()}
    assert models["local:extractive"].ready
    assert models["openai:gpt-4o-mini"].price is not None


def test_a_model_that_is_not_known() -> None:
    with pytest.raises(memvid_sdk.MemvidError):
        memvid_sdk.install_model("no-such-model")
