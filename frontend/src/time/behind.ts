/** 37_000 -> "37.0 s"; from ten minutes on "12:05", from an hour "1:02:05". */
export function formatBehind(millis: number): string {
  if (millis < 600_000) return `${(millis / 1000).toFixed(1)} s`;
  const seconds = Math.floor(millis / 1000);
  const pad = (part: number): string => String(part).padStart(2, "0");
  const minutes = `${Math.floor((seconds % 3600) / 60)}`;
  const hours = Math.floor(seconds / 3600);
  const front = hours > 0 ? `${hours}:${pad(Number(minutes))}` : minutes;
  return `${front}:${pad(seconds % 60)}`;
}
