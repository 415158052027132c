import { Matters } from "../driver-panel/Matters";
import { Stints } from "../driver-panel/Stints";

/** Stints, stops and what the stewards have, under the figures of a row that was opened. */
export function RowMore({ driverNumber }: { driverNumber: number }) {
  return (
    <>
      <Stints driverNumber={driverNumber} />
      <Matters driverNumber={driverNumber} />
    </>
  );
}
