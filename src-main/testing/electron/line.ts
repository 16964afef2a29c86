/** One end of a connection that carries plain data both ways, such as a forked process. */
export interface Wire {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onCut(listener: () => void): void;
}

/** What one end can be asked: asynchronous methods over plain data. */
export type Questions<T> = { [K in keyof T]: (...args: never[]) => Promise<unknown> };

interface Call {
  call: number;
  name: string;
  args: unknown[];
}

interface Answer {
  answer: number;
  value?: unknown;
  error?: string;
}

/**
 * Joins both ends: what the other end asks is answered by `own`, and the returned object asks the other end. A question
 * that is under way when the wire is cut is rejected.
 */
export function connect<Other extends Questions<Other>, Own extends Questions<Own>>(
  wire: Wire,
  own: Own,
): Other {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let calls = 0;
  let isCut = false;

  const answer = async ({ call, name, args }: Call): Promise<Answer> => {
    try {
      const method = own[name as keyof Own] as unknown as (...args: unknown[]) => Promise<unknown>;
      return { answer: call, value: await method(...args) };
    } catch (thrown) {
      return { answer: call, error: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  };
  const send = (message: Call | Answer): void => {
    if (!isCut) wire.send(message);
  };
  wire.onMessage((message) => {
    const incoming = message as Call | Answer;
    if ('call' in incoming) {
      // What cannot be sent is an answer of its own kind.
      void answer(incoming)
        .then(send)
        .catch((thrown: unknown) => send({ answer: incoming.call, error: String(thrown) }));
      return;
    }
    const question = waiting.get(incoming.answer);
    waiting.delete(incoming.answer);
    if (incoming.error === undefined) question?.resolve(incoming.value);
    else question?.reject(new Error(incoming.error));
  });
  wire.onCut(() => {
    isCut = true;
    for (const { reject } of waiting.values()) reject(new Error('the other end is gone'));
    waiting.clear();
  });

  return new Proxy({} as Other, {
    get(_target, name) {
      // Whoever awaits this object asks whether it is a promise.
      if (name === 'then') return undefined;
      return (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          if (isCut) throw new Error('the other end is gone');
          calls += 1;
          send({ call: calls, name: String(name), args });
          waiting.set(calls, { resolve, reject });
        });
    },
  });
}
