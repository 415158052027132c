import { create } from "@bufbuild/protobuf";
import { afterEach, expect, test, vi } from "vitest";
import { TeamRadioSchema } from "../gen/racetime/v1/history_pb";
import { autoPlay } from "./autoPlay";
import { createPlayer, player } from "./player";
import { concerns, radioSettings, recordingsOf } from "./radioSettings";

const radio = (driverNumber: number, raceOffsetMillis: number, recordingUrl: string) =>
  create(TeamRadioSchema, { driverNumber, raceOffsetMillis, recordingUrl });

function fakeAudio(outcome: () => Promise<void> = async () => {}) {
  const audio = document.createElement("audio");
  audio.play = vi.fn(outcome);
  audio.pause = vi.fn(() => audio.dispatchEvent(new Event("pause")) as unknown as undefined);
  return { audio, played: createPlayer(() => audio) };
}

afterEach(() => radioSettings.setState({ played: "nobody" }));

test("recordings are listed newest first; what turned out untrue is not", () => {
  const told = {
    a: radio(4, 1000, "a"),
    b: radio(81, 3000, "b"),
    c: radio(4, 2000, "c"),
    d: radio(0, 0, ""),
  };
  expect(recordingsOf(told, () => true).map(({ recordingUrl }) => recordingUrl)).toEqual([
    "b",
    "c",
    "a",
  ]);
  const favourites = recordingsOf(told, (number) => concerns("favourites", number, [4], 81));
  expect(favourites.map(({ recordingUrl }) => recordingUrl)).toEqual(["c", "a"]);
});

test("one recording plays at a time, and goes on where it was paused", () => {
  const { audio, played } = fakeAudio();
  played.play("https://radio/a.mp3");
  expect(played.store.getState()).toMatchObject({ url: "https://radio/a.mp3", doing: "loading" });
  audio.dispatchEvent(new Event("playing"));
  played.pause();
  expect(played.store.getState().doing).toBe("paused");
  played.play("https://radio/a.mp3");
  expect(audio.play).toHaveBeenCalledTimes(2);
  expect(audio.src).toBe("https://radio/a.mp3");
});

test("what waits plays when the one before has ended, or could not be loaded", () => {
  const { audio, played } = fakeAudio();
  played.enqueue("https://radio/a.mp3");
  audio.dispatchEvent(new Event("playing"));
  played.enqueue("https://radio/b.mp3");
  played.enqueue("https://radio/c.mp3");
  expect(audio.src).toBe("https://radio/a.mp3");
  audio.dispatchEvent(new Event("ended"));
  expect(audio.src).toBe("https://radio/b.mp3");
  audio.dispatchEvent(new Event("error"));
  expect(audio.src).toBe("https://radio/c.mp3");
});

test("a recording that cannot be loaded says so, and so does a browser that wants a gesture", async () => {
  const { audio, played } = fakeAudio();
  played.play("https://radio/a.mp3");
  audio.dispatchEvent(new Event("error"));
  expect(played.store.getState().doing).toBe("failed");
  const refusing = fakeAudio(() => Promise.reject(new DOMException("no", "NotAllowedError")));
  refusing.played.play("https://radio/a.mp3");
  await vi.waitFor(() => expect(refusing.played.store.getState().doing).toBe("refused"));
});

test("nothing plays by itself until the viewer chose whose", () => {
  const enqueue = vi.spyOn(player, "enqueue").mockImplementation(() => {});
  const news = [radio(4, 0, "a"), radio(81, 0, "b")];
  autoPlay(news, [4], 81);
  expect(enqueue).not.toHaveBeenCalled();
  radioSettings.setState({ played: "favourites" });
  autoPlay(news, [4], 81);
  expect(enqueue.mock.calls).toEqual([["a"]]);
});
