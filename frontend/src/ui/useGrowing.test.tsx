import { act, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { useGrowing } from "./useGrowing";

const commits: number[] = [];

function Rows({ count }: { count: number }) {
  const shown = useGrowing(count, 4);
  if (commits.at(-1) !== shown) commits.push(shown);
  return <p data-testid="shown">{shown}</p>;
}

test("one comes first, the others in steps, never more than there are", () => {
  const { rerender } = render(<Rows count={10} />);
  expect(commits).toEqual([1, 5, 9, 10]);
  act(() => rerender(<Rows count={22} />));
  expect(screen.getByTestId("shown").textContent).toBe("22");
  act(() => rerender(<Rows count={3} />));
  expect(screen.getByTestId("shown").textContent).toBe("3");
});
