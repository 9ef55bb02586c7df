import { IconColumns3 } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Disclosure } from "../../components/disclosure.tsx";
import type { ColumnId } from "./columns.tsx";
import list from "../../components/list.module.css";

// The boxes are seven kilobytes that the first view can do without.
const ColumnList = lazy(() => import("./column-list.tsx").then((module) => ({ default: module.ColumnList })));

interface ColumnPickerProps {
  readonly hidden: readonly ColumnId[];
  readonly onHidden: (hidden: readonly ColumnId[]) => void;
}

/** Which columns the table shows; the caller remembers it. */
export function ColumnPicker({ hidden, onHidden }: ColumnPickerProps) {
  const { t } = useTranslation();
  return (
    <div className={list.wide}>
      <Disclosure
        label={t("overview.columns")}
        name={t("overview.columns")}
        icon={<IconColumns3 size={14} aria-hidden />}
        testId="columns"
      >
        {() => (
          <Suspense fallback={<span className="soft">{t("app.loading")}</span>}>
            <ColumnList hidden={hidden} onHidden={onHidden} />
          </Suspense>
        )}
      </Disclosure>
    </div>
  );
}
