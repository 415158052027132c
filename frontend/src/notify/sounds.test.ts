import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { RaceControlMessageSchema } from "../gen/racetime/v1/race_control_pb";
import { CHIMES, createChimes } from "./chimes";
import { soundFor, soundKindOf } from "./soundSettings";

const message = (flag: string, text = "", category = "Flag") =>
  create(RaceControlMessageSchema, { flag, message: text, category });

test("each message has a sound of its kind", () => {
  expect(
    [
      message("RED"),
      message("DOUBLE YELLOW"),
      message("CLEAR"),
      message("CHEQUERED"),
      message("", "SAFETY CAR DEPLOYED", "SafetyCar"),
      message("", "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 71 (NOV)", "Other"),
      message("", "RISK OF RAIN", "Other"),
    ].map(soundKindOf),
  ).toEqual(["red", "yellow", "clear", "chequered", "safetyCar", "stewards", "other"]);
});

test("of messages that come together the most serious sounds, a silent kind never", () => {
  const together = [message("CLEAR"), message("RED"), message("YELLOW")];
  expect(soundFor(together, [])).toBe("red");
  expect(soundFor(together, ["red"])).toBe("yellow");
  expect(soundFor([message("BLUE")], ["blue"])).toBeUndefined();
});

function fakeContext() {
  const gain = {
    setValueAtTime: vi.fn(),
    linearRampToValueAtTime: vi.fn(),
    exponentialRampToValueAtTime: vi.fn(),
  };
  const node = {
    connect: () => node,
    start: vi.fn(),
    stop: vi.fn(),
    frequency: { value: 0 },
    gain,
  };
  const context = {
    state: "suspended",
    currentTime: 10,
    destination: {},
    resume: () => {
      context.state = "running";
    },
    createOscillator: () => node,
    createGain: () => node,
  };
  return { context, node, gain };
}

test("nothing sounds before a gesture has allowed it, and sounds do not pile up", () => {
  const { context, node, gain } = fakeContext();
  const chimes = createChimes(() => context as unknown as AudioContext);
  chimes.play("red", 1);
  expect(node.start).not.toHaveBeenCalled();
  chimes.unlock();
  chimes.play("red", 0.5);
  chimes.play("yellow", 0.5);
  expect(node.start).toHaveBeenCalledTimes(CHIMES.red.length);
  expect(gain.linearRampToValueAtTime.mock.calls[0]?.[0]).toBeCloseTo(0.1);
  context.currentTime += 2;
  chimes.play("yellow", 0.5);
  expect(node.start).toHaveBeenCalledTimes(CHIMES.red.length + CHIMES.yellow.length);
});
