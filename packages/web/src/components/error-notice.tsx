import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isApiError } from "../api/api-error.ts";
import { errorText } from "./error-text.ts";
import { fieldText } from "./field-text.ts";
import { ForeignText } from "./foreign-text.tsx";
import { inputOf } from "./use-field-errors.ts";

/** What failed, in one line, with the id under which the hub's log has it. Nothing when there is no error. */
export function ErrorNotice({ error, inputs = [] }: { readonly error: unknown; readonly inputs?: readonly string[] }) {
  const { t } = useTranslation();
  if (error === null || error === undefined) return null;
  const fields = isApiError(error)
    ? Object.entries(error.fields).filter(([name]) => !inputs.includes(inputOf(name)))
    : [];
  const requestId = isApiError(error) ? error.requestId : undefined;
  return (
    <div className="notice bad" role="alert" data-testid="error">
      <IconAlertTriangle size={16} className="bad" aria-hidden />
      <div>
        <ForeignText text={errorText(error, t)} />
        {fields.map(([name, text]) => (
          <div key={name}>
            <ForeignText text={`${name}: ${fieldText(text, t)}`} />
          </div>
        ))}
        {requestId !== undefined && <div className="soft mono">{t("common.request", { id: requestId })}</div>}
      </div>
    </div>
  );
}
