import { useTranslation } from "react-i18next";
import { useFormat } from "../../i18n/use-format.ts";
import type { Loss } from "./losses.ts";

/** Says what goes for good, and what is left of it. */
export function LossList({ losses }: { readonly losses: readonly Loss[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul style={{ margin: 0, paddingLeft: 18 }} data-testid="losses">
      {losses.map((loss) =>
        loss.is === "budget" ? (
          <li key="budget">
            {t("history.loseBudget", { bytes: format.bytes(loss.bytes), most: format.bytes(loss.bytesMax) })}
          </li>
        ) : (
          <li key={loss.resolution}>
            {t("history.loseAge", {
              what: t(`history.${loss.resolution}`),
              since: format.date(loss.since),
              before: format.date(loss.before),
              bytes: format.bytes(loss.bytes),
            })}{" "}
            {loss.becomes === null
              ? t("history.leftNothing")
              : t("history.leftCoarser", { what: t(`history.${loss.becomes}`) })}
          </li>
        ),
      )}
    </ul>
  );
}
