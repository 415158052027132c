/** How long a stream is read when it is tried out, and how many characters of it are kept. */
const STREAM_MILLIS = 2000;
const STREAM_CHARACTERS = 100_000;

/** Fetch as ever, but of a stream, which has no end, answer what comes in the first seconds. */
export async function fetchSome(
  input: RequestInfo | URL,
  init?: RequestInit,
  millis = STREAM_MILLIS,
): Promise<Response> {
  const response = await fetch(input, init);
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (!isStream || response.body === null) return response;
  const { status, statusText, headers } = response;
  return new Response(await readSome(response.body, millis), { status, statusText, headers });
}

async function readSome(body: ReadableStream<Uint8Array>, millis: number): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const timer = setTimeout(() => void reader.cancel(), millis);
  let text = "";
  try {
    while (text.length < STREAM_CHARACTERS) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += decoder.decode(value, { stream: true });
    }
    return text.slice(0, STREAM_CHARACTERS);
  } finally {
    clearTimeout(timer);
    void reader.cancel();
  }
}
