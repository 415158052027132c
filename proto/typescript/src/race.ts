import { create } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type RaceState, RaceStateSchema } from "./gen/racetime/v1/race_state_pb.js";
import { mergeMessage } from "./mergeMessage.js";

/** Of motion and telemetry so much is kept. */
const KEPT_MILLIS = 30_000;

/** A race as of a moment: what a watch has brought so far, merged. None of it changes later. */
export class Race {
  constructor(
    readonly sessionKey = 0,
    readonly logRevision = 0,
    readonly sequence = 0,
    /** The whole state. */
    readonly state: RaceState = create(RaceStateSchema),
    /** What came last: a part of the state, or all of it when it was replaced. */
    readonly update: RaceState = state,
    readonly raceOffsetMillis = 0,
  ) {}

  /** Instant of the race that the state describes; undefined when not known. */
  get raceTime(): Date | undefined {
    const origin = this.state.session?.originTime;
    return origin && new Date(timestampDate(origin).getTime() + this.raceOffsetMillis);
  }

  /** Return the driver numbers, first to last. */
  order(): number[] {
    const places = Object.entries(this.state.positions);
    return places.sort(([, a], [, b]) => a.position - b.position).map(([number]) => Number(number));
  }

  /** Return this race with an update merged. */
  merged(update: RaceState, sequence: number, raceOffsetMillis: number): Race {
    const state = trimmed(mergeMessage(RaceStateSchema, this.state, update), raceOffsetMillis);
    const { sessionKey, logRevision } = this;
    return new Race(sessionKey, logRevision, sequence, state, update, raceOffsetMillis);
  }
}

/** Let go of old positions and telemetry. */
function trimmed(state: RaceState, raceOffsetMillis: number): RaceState {
  const since = raceOffsetMillis - KEPT_MILLIS;
  const isNew = (batch: { raceOffsetMillis: number }): boolean => batch.raceOffsetMillis >= since;
  return {
    ...state,
    motion: state.motion.filter(isNew),
    telemetry: state.telemetry.filter(isNew),
    telemetryGroups: state.telemetryGroups.filter(isNew),
  };
}
