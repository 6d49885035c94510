/** What a method takes besides its memory; the caller asks for events by name. */
export interface MethodShape {
  /** Names of the parameters, in the order of the Node API. The last one may be `options`. */
  params: readonly string[]
  /** Its options take `onProgress`. */
  progress?: true
  /** Its options take `onToken`. */
  token?: true
  /** Its options take `signal`. */
  signal?: true
}
