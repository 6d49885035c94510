/** What `sessionVerify` and what belongs to it take and give. */

/** What a proof rests on, from the weakest to the strongest (format-spec/09-proof). */
export type Rung = 'checksummed' | 'chained' | 'signed' | 'anchored'

/** `UNVERIFIABLE`: nothing disagrees, but no root was written down that the present one could be compared with. */
export type Verdict = 'VERIFIED' | 'NOT VERIFIED' | 'UNVERIFIABLE'

export interface SessionVerifyOptions {
  /** A signature by one of these keys over all actions is demanded. As `memvid keys show` prints them. */
  publicKeys?: string[]
  /** Keys whose signatures count where there are any. */
  trustedKeys?: string[]
  /** Lines of `memvid session anchor` that were kept elsewhere. */
  anchors?: string[]
  onProgress?: (progress: { done: number; total: number }) => void
}

export interface ProofProblem {
  /** What does not hold because of it. */
  rung: Rung
  /** Number of the action; null: of the session or the file as a whole. */
  action: number | null
  /** Byte offset in the file; null where none is known. */
  offset: number | null
  message: string
}

export interface SignatureView {
  keyName: string
  /** Hex. */
  keyId: string
  /** How many actions it is over. */
  size: number
  commit: number
  /** `unknown key`: nobody said that this key is trusted, so it proves nothing. */
  status: 'valid' | 'valid for a part' | 'unknown key' | 'invalid' | 'disagrees'
}

export interface SessionVerifyResult {
  sessionId: string
  name: string
  status: 'active' | 'ended'
  verdict: Verdict
  /** The highest rung that holds; null when none does. */
  rung: Rung | null
  rungs: Record<Rung, boolean>
  actionCount: number
  /** Distinct frames that were read and hashed again. */
  frameCount: number
  commitCount: number
  /** Root of the tree computed now, hex; null when an action can't be read. */
  root: string | null
  /** As it stands in the end of the session, hex; null when none was recorded. */
  recordedRoot: string | null
  signatures: SignatureView[]
  /** Actions with erased fields. */
  erased: { action: number; fields: string[] }[]
  problems: ProofProblem[]
}

export interface AnchorResult {
  sessionId: string
  size: number
  /** Hex. */
  root: string
  commit: number
  /** Hex. */
  chainHash: string
  /** The line to keep elsewhere. */
  line: string
}

export interface SessionSignOptions {
  /** Path of the private key's file, or its name in the key folder. */
  key: string
}

export interface SignResult extends AnchorResult {
  keyName: string
  /** Hex. */
  keyId: string
  /** The signed note as it stands in the file. */
  note: string
}

export interface EvidenceOptions {
  /** Private key to sign the archive's checkpoint with: the path of its file, or its name in the key folder. Default: the newest signature in the file. */
  key?: string
  /** Public keys whose signatures in the file are preferred. */
  trustedKeys?: string[]
}

export interface EvidenceResult {
  sessionId: string
  path: string
  /** Of the session in the file, as it was exported. */
  verdict: Verdict
  actionCount: number
  /** Frames whose content is in the archive. */
  frameCount: number
  /** Hex. */
  root: string | null
  problems: ProofProblem[]
}

export interface SessionRedactOptions {
  /** Number of the action, from 0. */
  action: number
  /** `answer`, `question`, or `all` that it said (default). */
  field?: 'answer' | 'question' | 'all'
}

export interface SessionRedactResult {
  sessionId: string
  action: number
  /** Names of the fields that were erased (format-spec/07-sessions). */
  fields: string[]
  /** Cached answers that were erased with it. */
  cachedAnswers: number
  /** Saved replays of the session out of which answers to it were erased. */
  savedReplays: number
  /** False: it was recorded without a salt, so a short text can be guessed from the commitment that is left. */
  isSalted: boolean
  /** Other actions that hold a text that was erased here. */
  sameTextIn: { sessionId: string; action: number }[]
  commit: number
}
