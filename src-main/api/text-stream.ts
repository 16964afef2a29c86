/**
 * Streams a text in pieces as the body of an answer, each when the client has read the one before. A disconnect ends it. Throws what the
 * first piece fails with, so that the answer can still have its status.
 */
export async function streamOf(
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  const iterator =
    Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  let first: IteratorResult<string> | undefined = await iterator.next();
  return new ReadableStream({
    async pull(controller) {
      const next = first ?? (await iterator.next());
      first = undefined;
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
