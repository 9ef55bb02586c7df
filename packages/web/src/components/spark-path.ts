/** The path of a small line of shares 0 to 1, from the left edge to the right one. A missing value is a gap; a lone value is a short stroke. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = "";
  let drawing = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      drawing = false;
      continue;
    }
    const x = round(index * step);
    const y = round(height - 0.5 - Math.min(1, Math.max(0, value)) * (height - 1));
    path += drawing ? `L${x} ${y}` : `M${x} ${y}h.01`;
    drawing = true;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;
