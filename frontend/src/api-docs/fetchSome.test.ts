import { afterEach, expect, test, vi } from "vitest";
import { fetchSome } from "./fetchSome";

afterEach(() => vi.unstubAllGlobals());

function answer(type: string, chunks: string[], ends: boolean) {
  const cancel = vi.fn();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      if (ends) controller.close();
    },
    cancel,
  });
  const response = new Response(body, { headers: { "content-type": type } });
  vi.stubGlobal("fetch", async () => response);
  return { response, cancel };
}

test("of a stream that never ends, what came is answered, and the rest is not waited for", async () => {
  const { cancel } = answer("text/event-stream", ["data: 1\n\n", "data: 2\n\n"], false);
  const some = await fetchSome("/api/live/stream", {}, 0);
  expect(await some.text()).toBe("data: 1\n\ndata: 2\n\n");
  expect(some.headers.get("content-type")).toBe("text/event-stream");
  expect(cancel).toHaveBeenCalled();
});

test("of a stream that says much, no more is kept than a page can show", async () => {
  answer("text/event-stream", ["x".repeat(70_000), "y".repeat(70_000)], false);
  expect((await (await fetchSome("/api/live/stream")).text()).length).toBe(100_000);
});

test("an answer that is no stream is left as it is", async () => {
  const { response } = answer("application/json", ["{}"], true);
  expect(await fetchSome("/api/sessions")).toBe(response);
});
