import type uPlot from "uplot";
import { seriesColor } from "./chart-colors.ts";
import styles from "./chart.module.css";

export interface TooltipLine {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly color: number;
  /** What it was in the period before, where that is shown. */
  readonly before?: { readonly name: string; readonly text: string };
}

/** More lines would not be read; the rest is counted. */
const LINES_MAX = 14;

/**
 * The box at the pointer: time, then every series by value, largest first. It is made of text nodes by hand because it
 * changes at every move of the pointer.
 */
export function tooltipPlugin(
  read: (index: number) => { readonly time: string; readonly lines: readonly TooltipLine[] },
): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = styles["tooltip"]!;
  box.hidden = true;
  let hovered = false;
  const update = (plot: uPlot): void => {
    const index = plot.cursor.idx;
    const left = plot.cursor.left ?? -1;
    if (!hovered || index === null || index === undefined || left < 0) {
      box.hidden = true;
      return;
    }
    const { time, lines } = read(index);
    if (lines.length === 0) {
      box.hidden = true;
      return;
    }
    box.replaceChildren(textElement("div", styles["tooltipTime"]!, time), ...lineElements(lines));
    box.hidden = false;
    const width = plot.over.clientWidth;
    const right = left > width / 2;
    box.style.left = right ? "" : `${left + 14}px`;
    box.style.right = right ? `${width - left + 14}px` : "";
  };
  return {
    hooks: {
      init: (plot: uPlot) => {
        plot.over.append(box);
        plot.over.addEventListener("mouseenter", () => (hovered = true));
        plot.over.addEventListener("mouseleave", () => {
          hovered = false;
          box.hidden = true;
        });
      },
      setCursor: update,
    },
  };
}

function lineElements(lines: readonly TooltipLine[]): HTMLElement[] {
  const sorted = lines.toSorted((a, b) => b.value - a.value);
  const taken = sorted.slice(0, sorted.some((line) => line.before) ? LINES_MAX / 2 : LINES_MAX);
  const shown = taken.flatMap((line) => {
    const present = row(line.name, line.text, styles["dot"]!, line.color);
    if (!line.before) return [present];
    const past = row(line.before.name, line.before.text, styles["dash"]!, line.color);
    past.classList.add("soft");
    return [present, past];
  });
  const rest = sorted.length - taken.length;
  return rest > 0 ? [...shown, textElement("div", "soft", `+${rest}`)] : shown;
}

function row(name: string, text: string, markClass: string, color: number): HTMLElement {
  const element = document.createElement("div");
  element.className = styles["tooltipLine"]!;
  const mark = document.createElement("span");
  mark.className = markClass;
  mark.style.color = seriesColor(color);
  element.append(mark, textElement("bdi", styles["tooltipName"]!, name), textElement("span", "", text));
  return element;
}

function textElement(tag: string, className: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
