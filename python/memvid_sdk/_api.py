# Written by python/tools/generate.mjs from the Node API. Do not edit: run it again.
"""Every method of the Node API's Memory."""
from __future__ import annotations

from typing import Any, Literal

from . import _types as T
from ._client import Client, Progress, options
from ._wire import Bytes, Moment, Vector


class MemoryApi(Client):
    """The methods of a memory; see Memory."""

    def put(
        self,
        *,
        text: str | None = None,
        bytes: Bytes | None = None,
        path: str | None = None,
        mime_type: str | None = None,
        title: str | None = None,
        uri: str | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        timestamp: Moment | None = None,
        vector: Vector | list[float] | None = None,
        durability: T.Durability | None = None,
    ) -> T.PutResult:
        """Stores one document.

        Args:
            path: A file to read: UTF-8 text becomes text, anything else bytes; its name is the default title.
            mime_type: Media type. Default `text/plain`, `application/octet-stream`, or what the extension of `path` says.
            uri: Default `mv2://frames/<id>`. A URI that a live frame has already is superseded by this frame.
            metadata: Any JSON-like object.
            timestamp: Default: now.
            vector: Your own vector for the whole document.
            durability: Default `durable`.
        """
        result: T.PutResult = self._call('put', {'item': options(text=text, bytes=bytes, path=path, mimeType=mime_type, title=title, uri=uri, tags=tags, metadata=metadata, timestamp=timestamp, vector=vector), 'options': options(durability=durability)}, T.PutResult)
        return result

    def update(
        self,
        frame: int | str,
        *,
        text: str | None = None,
        bytes: Bytes | None = None,
        path: str | None = None,
        mime_type: str | None = None,
        title: str | None = None,
        uri: str | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        timestamp: Moment | None = None,
        vector: Vector | list[float] | None = None,
        durability: T.Durability | None = None,
    ) -> T.UpdateResult:
        """Replaces a document by a new version; what is not given stays as it was. The old version stays in the file's history.

        Args:
            path: A file to read: UTF-8 text becomes text, anything else bytes; its name is the default title.
            mime_type: Media type. Default `text/plain`, `application/octet-stream`, or what the extension of `path` says.
            uri: Default `mv2://frames/<id>`. A URI that a live frame has already is superseded by this frame.
            metadata: Any JSON-like object.
            timestamp: Default: now.
            vector: Your own vector for the whole document.
            durability: Default `durable`.
        """
        result: T.UpdateResult = self._call('update', {'frame': frame, 'changes': options(text=text, bytes=bytes, path=path, mimeType=mime_type, title=title, uri=uri, tags=tags, metadata=metadata, timestamp=timestamp, vector=vector), 'options': options(durability=durability)}, T.UpdateResult)
        return result

    def delete(
        self,
        frame: int | str,
        *,
        durability: T.Durability | None = None,
    ) -> T.DeleteResult:
        """Marks a document deleted. Its bytes stay in the file's history until a purge.

        Args:
            durability: Default `durable`.
        """
        result: T.DeleteResult = self._call('delete', {'frame': frame, 'options': options(durability=durability)}, T.DeleteResult)
        return result

    def find(
        self,
        query: str,
        *,
        mode: T.SearchMode | None = None,
        k: int | None = None,
        vector: Vector | list[float] | None = None,
        adaptive: bool | T.AdaptiveOptions | None = None,
        snippet_chars: int | None = None,
        alpha: float | None = None,
        fusion: T.Fusion | None = None,
        exact: bool | None = None,
        as_of: int | Moment | str | None = None,
        scope: str | None = None,
        tags: list[str] | None = None,
        after: Moment | None = None,
        before: Moment | None = None,
    ) -> T.FindResult:
        """Searches.

        Args:
            mode: Default `hybrid` when the file has vectors, else `lex`.
            k: Most hits. Default 8 (with `adaptive`: its `max`).
            vector: Your own query vector.
            adaptive: Cut by score instead of at `k`. Default false.
            snippet_chars: Length of a snippet in characters. Default 240.
            alpha: Weight of the vectors in relative-score fusion, 0..1. Default: none, words and vectors are weighed for each query (`fusion: 'auto'`).
            fusion: Default `auto`, or `relative` when `alpha` is given.
            exact: Compare the query with every vector, however many there are. Default: of 200,000 vectors and more only those that the index leads to.
            as_of: The memory as it was: a commit number, or a moment (`Date` or ISO text). Default: now.
            scope: Only URIs that begin so.
            tags: Only documents with all of these tags.
            after: Only documents whose timestamp is at or after this.
            before: Only documents whose timestamp is before this.
        """
        result: T.FindResult = self._call('find', {'query': query, 'options': options(mode=mode, k=k, vector=vector, adaptive=adaptive, snippetChars=snippet_chars, alpha=alpha, fusion=fusion, exact=exact, asOf=as_of, scope=scope, tags=tags, after=after, before=before)}, T.FindResult)
        return result

    def ask(
        self,
        question: str,
        *,
        model: str | None = None,
        k: int | None = None,
        mode: T.SearchMode | None = None,
        vector: Vector | list[float] | None = None,
        adaptive: bool | T.AdaptiveOptions | None = None,
        alpha: float | None = None,
        fusion: T.Fusion | None = None,
        exact: bool | None = None,
        no_cache: bool | None = None,
        refresh: bool | None = None,
        cache_ttl_ms: int | None = None,
        base_url: str | None = None,
        timeout_ms: int | None = None,
        prices: str | None = None,
        max_context_tokens: int | None = None,
        max_output_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
        judge: str | None = None,
        judge_base_url: str | None = None,
        as_of: int | Moment | str | None = None,
        scope: str | None = None,
        tags: list[str] | None = None,
        after: Moment | None = None,
        before: Moment | None = None,
    ) -> T.AskResult:
        """Answers a question from what is stored. Without a model named, it quotes the best sentences and uses no network.

        Args:
            model: `provider:model` or a provider's name. Default: `MEMVID_MODEL`, else `local:extractive`, which needs no network.
            k: Most passages. Default 8.
            exact: Compare the question with every vector, however many there are. Default false.
            no_cache: Neither read nor write the answer cache. Default false.
            refresh: Ask the model whatever the cache holds, and cache its answer. Default false.
            cache_ttl_ms: A cached answer older than this many milliseconds counts as none. Default: any age.
            base_url: The provider's server, instead of its usual one.
            timeout_ms: Time limit of the provider's call. Default 120000.
            prices: A file of your own prices. Default: the one that `MEMVID_PRICES` names.
            judge: A second opinion on the grounding: `provider:model` or a provider's name. It costs a call of that model; what it says stands in `grounding.judge` with its cost, beside the scorer's result.
            judge_base_url: The judge's server, instead of its usual one.
            as_of: The memory as it was: a commit number, or a moment (`Date` or ISO text). Default: now.
            scope: Only URIs that begin so.
            tags: Only documents with all of these tags.
            after: Only documents whose timestamp is at or after this.
            before: Only documents whose timestamp is before this.
        """
        result: T.AskResult = self._call('ask', {'question': question, 'options': options(model=model, k=k, mode=mode, vector=vector, adaptive=adaptive, alpha=alpha, fusion=fusion, exact=exact, noCache=no_cache, refresh=refresh, cacheTtlMs=cache_ttl_ms, baseUrl=base_url, timeoutMs=timeout_ms, prices=prices, maxContextTokens=max_context_tokens, maxOutputTokens=max_output_tokens, temperature=temperature, seed=seed, judge=judge, judgeBaseUrl=judge_base_url, asOf=as_of, scope=scope, tags=tags, after=after, before=before)}, T.AskResult)
        return result

    def cache_list(
        self,
    ) -> T.CacheListing:
        """The answers in the file's cache."""
        result: T.CacheListing = self._call('cacheList', {}, T.CacheListing)
        return result

    def cache_clear(
        self,
    ) -> T.CacheClearResult:
        """Empties the file's answer cache, for every process."""
        result: T.CacheClearResult = self._call('cacheClear', {}, T.CacheClearResult)
        return result

    def cost(
        self,
        *,
        session: str | None = None,
    ) -> T.CostReport:
        """What the recorded asks cost, by model and by day, and what the cache saved.

        Args:
            session: Only this session: its id, any unambiguous beginning of the id, or its name.
        """
        result: T.CostReport = self._call('cost', {'options': options(session=session)}, T.CostReport)
        return result

    def get(
        self,
        frame: int | str,
        *,
        as_of: int | Moment | str | None = None,
    ) -> T.FrameView:
        """One document by id or URI. Superseded and deleted ones are found by id.

        Args:
            as_of: The memory as it was: a commit number, or a moment. Default: now.
        """
        result: T.FrameView = self._call('get', {'frame': frame, 'options': options(asOf=as_of)}, T.FrameView)
        return result

    def timeline(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        after: Moment | None = None,
        before: Moment | None = None,
        reverse: bool | None = None,
        as_of: int | Moment | str | None = None,
    ) -> list[T.TimelineEntry]:
        """Documents in the order of their timestamps.

        Args:
            limit: Default 100.
            reverse: Newest first. Default false.
        """
        result: list[T.TimelineEntry] = self._call('timeline', {'options': options(limit=limit, offset=offset, after=after, before=before, reverse=reverse, asOf=as_of)}, list[T.TimelineEntry])
        return result

    def commits(
        self,
        *,
        before: int | None = None,
        limit: int | None = None,
        step: int | None = None,
    ) -> list[T.SnapshotInfo]:
        """The file's history, newest first: when each commit was made and what the file held then. Commits that a repair set aside are left out.

        Args:
            before: Only commits with a lower number. Default: from the newest on.
            limit: Default 100.
            step: Every so many commits only, for an overview of a long history. Default 1.
        """
        result: list[T.SnapshotInfo] = self._call('commits', {'options': options(before=before, limit=limit, step=step)}, list[T.SnapshotInfo])
        return result

    def stats(
        self,
    ) -> T.Stats:
        """Sizes and counts of the file."""
        result: T.Stats = self._call('stats', {}, T.Stats)
        return result

    def benchmark(
        self,
        *,
        queries: int | None = None,
        k: int | None = None,
    ) -> T.BenchmarkResult:
        """Measures this file: latency by mode, recall of the index against an exact search, size by part. Searches only; records nothing.

        Args:
            queries: How many searches of each kind. Default 100.
            k: Hits of each. Default 10.
        """
        result: T.BenchmarkResult = self._call('benchmark', {'options': options(queries=queries, k=k)}, T.BenchmarkResult)
        return result

    def verify(
        self,
        *,
        deep: bool | None = None,
        progress: Progress = None,
    ) -> T.VerifyReport:
        """Checks the file's checksums and hashes, and lists every damage found.

        Args:
            deep: Re-hash every byte and read what it means, not only the structure. Default true.
        """
        result: T.VerifyReport = self._call('verify', {'options': options(deep=deep)}, T.VerifyReport, progress=progress)
        return result

    def compact(
        self,
        *,
        progress: Progress = None,
    ) -> T.CompactResult:
        """Gives back the room that retired segments take: a verified copy without them takes the file's place. Commits, documents, sessions and
        their proofs stay as they are, and so does the past. Others read on meanwhile. Throws `NoSpace` when there is no room for the copy.
        """
        result: T.CompactResult = self._call('compact', {}, T.CompactResult, progress=progress)
        return result

    def optimize(
        self,
        *,
        progress: Progress = None,
    ) -> T.OptimizeResult:
        """Puts the index into the form that is searched fastest: text segments are merged, all vectors come into one segment, and from 200,000 vectors
        on a search among them walks a graph instead of looking into many lists. Takes minutes for a million vectors, and memory for a copy of
        them. Others read and write meanwhile; what is put later is searched beside it. `compact` then gives back the room.
        """
        result: T.OptimizeResult = self._call('optimize', {}, T.OptimizeResult, progress=progress)
        return result

    def doctor(
        self,
        *,
        dry_run: bool | None = None,
        progress: Progress = None,
    ) -> T.RepairReport:
        """Repairs a damaged file in place: sets aside what does not check, makes indexes anew, writes whole documents out of damaged blocks again,
        and lists what is lost. No byte that is there is changed; it adds one commit. A file that can't be opened is for `salvage`.

        Args:
            dry_run: Only say what would be done. Default false.
        """
        result: T.RepairReport = self._call('doctor', {'options': options(dryRun=dry_run)}, T.RepairReport, progress=progress)
        return result

    def refresh(
        self,
    ) -> T.SnapshotInfo:
        """Follows what other processes committed, and returns the newest snapshot. The other methods do this by themselves."""
        result: T.SnapshotInfo = self._call('refresh', {}, T.SnapshotInfo)
        return result

    def session_start(
        self,
        name: str,
    ) -> str:
        """Begins recording what is done with this file, by whichever process. Returns the session's id."""
        result: str = self._call('sessionStart', {'name': name}, str)
        return result

    def record(
        self,
        *,
        name: str,
        input: Any = None,
        output: Any = None,
        error: str | dict[str, Any] | T.RecordError | None = None,
        started_at_ms: int | None = None,
        duration_ms: float | None = None,
    ) -> T.RecordResult:
        """Records something of the agent's own in the active session, such as a tool call. Keys, tokens and authorization headers are masked
        first. Throws `NoActiveSession` when nothing is being recorded.

        Args:
            name: Of the tool or event, e.g. `search_web`.
            input: Any value that JSON can hold.
            error: What went wrong, when something did.
            started_at_ms: When it began, milliseconds since 1970.
            duration_ms: How long it took. Default: from `startedAtMs` to now, where that is given.
        """
        result: T.RecordResult = self._call('record', {'toolCall': options(name=name, input=input, output=output, error=error, startedAtMs=started_at_ms, durationMs=duration_ms)}, T.RecordResult)
        return result

    def session_end(
        self,
    ) -> T.SessionSummary:
        """Ends the active session."""
        result: T.SessionSummary = self._call('sessionEnd', {}, T.SessionSummary)
        return result

    def session_list(
        self,
    ) -> list[T.SessionInfo]:
        """All sessions of the file, oldest first."""
        result: list[T.SessionInfo] = self._call('sessionList', {}, list[T.SessionInfo])
        return result

    def session_view(
        self,
        session: str,
        *,
        offset: int | None = None,
        limit: int | None = None,
        records: bool | None = None,
    ) -> T.SessionView:
        """The recorded actions of a session, by its id, any unambiguous beginning of the id, or its name.

        Args:
            offset: First action. Default 0.
            limit: Most actions. Default 100.
            records: Give each action's whole record, not only its summary. Default true.
        """
        result: T.SessionView = self._call('sessionView', {'session': session, 'options': options(offset=offset, limit=limit, records=records)}, T.SessionView)
        return result

    def session_measures(
        self,
        session: str,
        *,
        offset: int | None = None,
        limit: int | None = None,
    ) -> T.SessionMeasures:
        """What each action of a session took and gave: time, tokens, cost, grounding.

        Args:
            offset: First action. Default 0.
            limit: Most actions. Default 100000.
        """
        result: T.SessionMeasures = self._call('sessionMeasures', {'session': session, 'options': options(offset=offset, limit=limit)}, T.SessionMeasures)
        return result

    def session_delete(
        self,
        session: str,
    ) -> T.SessionDeleteResult:
        """Marks a session deleted; it is no longer listed or replayed."""
        result: T.SessionDeleteResult = self._call('sessionDelete', {'session': session}, T.SessionDeleteResult)
        return result

    def session_checkpoint(
        self,
        name: str | None = None,
    ) -> T.CheckpointInfo:
        """Names the file's present state in the active session. Default name: `checkpoint-<n>`."""
        result: T.CheckpointInfo = self._call('sessionCheckpoint', {'name': name}, T.CheckpointInfo)
        return result

    def session_replay(
        self,
        session: str,
        *,
        audit: bool | None = None,
        use_model: str | list[str] | None = None,
        diff: bool | None = None,
        adaptive: bool | T.AdaptiveOptions | None = None,
        top_k: int | None = None,
        mode: T.SearchMode | None = None,
        as_of: Literal['recorded'] | int | None = None,
        alpha: float | None = None,
        fusion: T.Fusion | None = None,
        exact: bool | None = None,
        filters: bool | None = None,
        max_context_tokens: int | None = None,
        expect: str | int | None = None,
        sweep: str | T.SweepSettings | None = None,
        skip_asks: bool | None = None,
        skip_finds: bool | None = None,
        action: int | None = None,
        details: bool | None = None,
        from_checkpoint: str | int | None = None,
        base_url: str | None = None,
        timeout_ms: int | None = None,
        max_output_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
        prices: str | None = None,
        concurrency: int | None = None,
        dry_run: bool | None = None,
        max_cost: int | str | None = None,
        offline: bool | None = None,
        fail_on: T.FailOn | list[T.FailOn] | None = None,
        stop_on_mismatch: bool | None = None,
        save: bool | str | None = None,
        progress: Progress = None,
    ) -> T.ReplayResult:
        """Carries a session out again, or with `audit` verifies its frozen context, and compares. Without `save` it changes nothing in the file.

        Args:
            audit: Freeze retrieval: verify the recorded context instead of searching again. Default false.
            use_model: Ask this model, `provider:model` or a provider's name. Several: each is asked over the same context, and they are compared.
            diff: Word-level differences between the answers. Default false.
            adaptive: Standard replay only: search with the adaptive cut.
            top_k: Standard replay only: search with this k.
            mode: Standard replay only: search in this mode.
            as_of: Standard replay only: the content to search: today's (default), each action's own commit (`recorded`), or one commit.
            alpha: Standard replay only: weight of the vectors in relative-score fusion, 0..1.
            fusion: Standard replay only: how text and vectors are joined.
            exact: Standard replay only: compare with every vector, or, with `false`, with those that the index leads to.
            filters: Standard replay only: `false` searches without the recorded scope, tags and times.
            max_context_tokens: Standard replay only: token budget of the prompt.
            expect: Standard replay only: asks of one document, by its URI, its frame or a text that stands in it, why each search missed it.
            sweep: With `expect`: which settings would have found it, e.g. `top-k=4..64` or `mode,adaptive`.
            action: Only this action, by its number from 0.
            details: Give each search's ranked candidates, below the cut too, and in an audit each verified context's passages and messages. Default false.
            from_checkpoint: Begin after this checkpoint: its name, or its number among the session's checkpoints, from 1.
            base_url: The server of `useModel`.
            prices: A file of your own prices. Default: the one that `MEMVID_PRICES` names.
            concurrency: How many provider calls run side by side, 1 to 64. Default 4.
            dry_run: Estimate what the answers would cost, and send nothing. Default false.
            max_cost: Stop before the answers cost more than this, in US dollars: a number or a decimal text. Each call counts with the most that it can cost until its cost is known; answers are limited to `maxOutputTokens`, or else to 1024 tokens.
            offline: Answer every provider call from what the file recorded, or refuse it with `Offline`. Nothing is sent. Default false.
            fail_on: What `stopOnMismatch` takes for a difference. Several: whatever one of them counts. Default `mismatch`. See `judgeReplay` for the whole.
            stop_on_mismatch: Stop after the first step that `failOn` counts. Default false.
            save: Keep the replay in the file, under this name or without one. Default false.
        """
        result: T.ReplayResult = self._call('sessionReplay', {'session': session, 'options': options(audit=audit, useModel=use_model, diff=diff, adaptive=adaptive, topK=top_k, mode=mode, asOf=as_of, alpha=alpha, fusion=fusion, exact=exact, filters=filters, maxContextTokens=max_context_tokens, expect=expect, sweep=sweep, skipAsks=skip_asks, skipFinds=skip_finds, action=action, details=details, fromCheckpoint=from_checkpoint, baseUrl=base_url, timeoutMs=timeout_ms, maxOutputTokens=max_output_tokens, temperature=temperature, seed=seed, prices=prices, concurrency=concurrency, dryRun=dry_run, maxCost=max_cost, offline=offline, failOn=fail_on, stopOnMismatch=stop_on_mismatch, save=save)}, T.ReplayResult, progress=progress)
        return result

    def session_verify(
        self,
        session: str,
        *,
        public_keys: list[str] | None = None,
        trusted_keys: list[str] | None = None,
        anchors: list[str] | None = None,
        progress: Progress = None,
    ) -> T.SessionVerifyResult:
        """Reads all actions and every frame they name again and checks them against the session's root, signatures and anchors.

        Args:
            public_keys: A signature by one of these keys over all actions is demanded. As `memvid keys show` prints them.
            trusted_keys: Keys whose signatures count where there are any.
            anchors: Lines of `memvid session anchor` that were kept elsewhere.
        """
        result: T.SessionVerifyResult = self._call('sessionVerify', {'session': session, 'options': options(publicKeys=public_keys, trustedKeys=trusted_keys, anchors=anchors)}, T.SessionVerifyResult, progress=progress)
        return result

    def session_sign(
        self,
        session: str,
        *,
        key: str,
    ) -> T.SignResult:
        """Signs the session as it is now, and stores the signature in the file. `VerificationFailed` when the session does not hold.

        Args:
            key: Path of the private key's file, or its name in the key folder.
        """
        result: T.SignResult = self._call('sessionSign', {'session': session, 'options': options(key=key)}, T.SignResult)
        return result

    def session_anchor(
        self,
        session: str,
    ) -> T.AnchorResult:
        """One line that stands for the session as it is now, to be kept where the file's holder can't change it."""
        result: T.AnchorResult = self._call('sessionAnchor', {'session': session}, T.AnchorResult)
        return result

    def session_redact(
        self,
        session: str,
        *,
        action: int,
        field: Literal['answer', 'question', 'all'] | None = None,
    ) -> T.SessionRedactResult:
        """Erases what an action said, and cached answers with it; what proves the session still holds. The file is written anew in its place.

        Args:
            action: Number of the action, from 0.
            field: `answer`, `question`, or `all` that it said (default).
        """
        result: T.SessionRedactResult = self._call('sessionRedact', {'session': session, 'options': options(action=action, field=field)}, T.SessionRedactResult)
        return result

    def session_evidence(
        self,
        session: str,
        path: str,
        *,
        key: str | None = None,
        trusted_keys: list[str] | None = None,
    ) -> T.EvidenceResult:
        """Writes an archive at `path` that proves the session to others, without this product.

        Args:
            key: Private key to sign the archive's checkpoint with: the path of its file, or its name in the key folder. Default: the newest signature in the file.
            trusted_keys: Public keys whose signatures in the file are preferred.
        """
        result: T.EvidenceResult = self._call('sessionEvidence', {'session': session, 'path': path, 'options': options(key=key, trustedKeys=trusted_keys)}, T.EvidenceResult)
        return result

    def session_fork(
        self,
        session: str,
        *,
        name: str,
        from_checkpoint: str | int | None = None,
        from_action: int | None = None,
    ) -> T.SessionForkResult:
        """Starts a new session that goes on from a checkpoint or an action of another, and says so. That one stays as it was, and the file's
        content is not set back.

        Args:
            from_checkpoint: Go on after this checkpoint: its name, or its number among the session's checkpoints, from 1.
            from_action: Go on after the action of this number, from 0.
        """
        result: T.SessionForkResult = self._call('sessionFork', {'session': session, 'options': options(name=name, fromCheckpoint=from_checkpoint, fromAction=from_action)}, T.SessionForkResult)
        return result

    def session_otlp(
        self,
        session: str,
    ) -> str:
        """The session as OpenTelemetry spans, one OTLP JSON document in parts, by the conventions for generative AI. Trace and span ids are
        the same at each export.
        """
        result: str = self._call('sessionOtlp', {'session': session}, str)
        return result

    def session_replays(
        self,
        session: str,
    ) -> list[T.ReplayInfo]:
        """The replays of a session that were saved with `save`, oldest first."""
        result: list[T.ReplayInfo] = self._call('sessionReplays', {'session': session}, list[T.ReplayInfo])
        return result

    def session_replay_view(
        self,
        session: str,
        replay: str | int,
    ) -> T.ReplayView:
        """A saved replay as it was, by its number from 1 or its name; of several with one name the newest."""
        result: T.ReplayView = self._call('sessionReplayView', {'session': session, 'replay': replay}, T.ReplayView)
        return result

    def session_compare_replays(
        self,
        session: str,
        a: str | int,
        b: str | int,
    ) -> T.ReplayComparison:
        """Two saved replays of one session side by side."""
        result: T.ReplayComparison = self._call('sessionCompareReplays', {'session': session, 'a': a, 'b': b}, T.ReplayComparison)
        return result

    def session_compare(
        self,
        a: str,
        b: str,
    ) -> T.SessionComparison:
        """Two sessions side by side, aligned by what their actions are about."""
        result: T.SessionComparison = self._call('sessionCompare', {'a': a, 'b': b}, T.SessionComparison)
        return result
