import {
  type DescField,
  type DescMessage,
  isFieldSet,
  type MessageShape,
} from "@bufbuild/protobuf";

type Fields = Record<string, unknown>;

/**
 * Merge a partial message into another as protobuf does, without changing either.
 *
 * What the update does not touch keeps its identity: map entries, lists and messages are shared with the base, so that
 * a selector sees at once that nothing changed.
 */
export function mergeMessage<Desc extends DescMessage>(
  schema: Desc,
  base: MessageShape<Desc>,
  update: MessageShape<Desc>,
): MessageShape<Desc> {
  const merged = { ...base } as Fields;
  for (const field of schema.fields) {
    if (isFieldSet(update, field)) mergeField(field, merged, update as Fields);
  }
  return merged as MessageShape<Desc>;
}

function mergeField(field: DescField, merged: Fields, update: Fields): void {
  const name = field.localName;
  if (field.oneof !== undefined) {
    mergeOneof(field, merged, update);
  } else if (field.fieldKind === "map") {
    merged[name] = { ...(merged[name] as Fields), ...(update[name] as Fields) };
  } else if (field.fieldKind === "list") {
    merged[name] = [...(merged[name] as unknown[]), ...(update[name] as unknown[])];
  } else if (field.fieldKind === "message") {
    merged[name] = mergeOptional(field.message, merged[name], update[name]);
  } else {
    merged[name] = update[name];
  }
}

function mergeOneof(field: DescField, merged: Fields, update: Fields): void {
  const name = field.oneof?.localName ?? field.localName;
  const mine = merged[name] as { case?: string; value?: unknown };
  const theirs = update[name] as { case: string; value: unknown };
  merged[name] =
    field.fieldKind === "message" && mine.case === theirs.case
      ? { case: theirs.case, value: mergeOptional(field.message, mine.value, theirs.value) }
      : theirs;
}

function mergeOptional(schema: DescMessage, base: unknown, update: unknown): unknown {
  if (base === undefined) return update;
  type Shape = MessageShape<DescMessage>;
  return mergeMessage(schema, base as Shape, update as Shape);
}
