import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { StorageView } from "@muster/protocol";
import { useFormat } from "../../i18n/use-format.ts";
import { dayStacks } from "./day-stacks.ts";
import type { DayStack } from "./day-stacks.ts";
import styles from "./history.module.css";
import { RESOLUTIONS } from "./losses.ts";

const HEIGHT = 72;

/** What each day wrote, as stacks; the pointer or the arrows choose the day whose numbers stand below. */
export function DayBars({ days }: { readonly days: StorageView["days"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stacks = useMemo(() => dayStacks(days), [days]);
  const [chosen, setChosen] = useState<number>();
  const place = Math.min(chosen ?? stacks.length - 1, stacks.length - 1);
  const stack = stacks[place];
  if (!stack) return null;
  const most = Math.max(1, ...stacks.map(({ total }) => total));
  const text = `${format.date(stack.day)}: ${RESOLUTIONS.filter((name) => stack.bytes[name] > 0)
    .map((name) => `${t(`history.${name}`)} ${format.bytes(stack.bytes[name])}`)
    .join(", ")}`;
  return (
    <div className={styles.days} data-testid="day-bars">
      <div
        className={styles.bars}
        role="slider"
        tabIndex={0}
        aria-label={t("history.perDay")}
        aria-valuemin={1}
        aria-valuemax={stacks.length}
        aria-valuenow={place + 1}
        aria-valuetext={text}
        onKeyDown={(event) => {
          const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
          if (step === 0) return;
          event.preventDefault();
          setChosen(Math.max(0, Math.min(stacks.length - 1, place + step)));
        }}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setChosen(
            Math.max(
              0,
              Math.min(stacks.length - 1, Math.floor(((event.clientX - box.left) / box.width) * stacks.length)),
            ),
          );
        }}
      >
        <svg
          width="100%"
          height={HEIGHT}
          viewBox={`0 0 ${stacks.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden
        >
          {stacks.map((one, index) => (
            <g key={one.day} opacity={index === place ? 1 : 0.7}>
              {partsOf(one, HEIGHT / most).map((part) => (
                <rect
                  key={part.name}
                  x={index + 0.1}
                  width={0.8}
                  y={HEIGHT - part.from - part.height}
                  height={part.height}
                  fill={`var(--series-${RESOLUTIONS.indexOf(part.name) + 1})`}
                />
              ))}
            </g>
          ))}
        </svg>
      </div>
      <div className={styles.dayText}>
        <span className="soft">{format.date(stacks[0]!.day)}</span>
        <span data-testid="day-text">{text}</span>
      </div>
    </div>
  );
}

function partsOf(stack: DayStack, scale: number) {
  let from = 0;
  return RESOLUTIONS.map((name) => {
    const part = { name, from, height: stack.bytes[name] * scale };
    from += part.height;
    return part;
  }).filter(({ height }) => height > 0);
}
