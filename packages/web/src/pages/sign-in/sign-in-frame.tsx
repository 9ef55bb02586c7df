import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import { LANGUAGES, LANGUAGE_NAMES, languageChoice } from "../../i18n/language.ts";
import styles from "./sign-in.module.css";

/** The pages before a session: a narrow box, and the language to read it in. */
export function SignInFrame({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const language = useObservable(languageChoice);
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <div className={styles.brand}>
          <img src="/icon.svg" width={24} height={24} alt="" />
          {t("app.name")}
        </div>
        {children}
        <div className={styles.languages}>
          {LANGUAGES.map((other) => (
            <UnstyledButton
              key={other}
              fz={12}
              className={styles.language}
              aria-pressed={other === language}
              lang={other}
              onClick={() => languageChoice.set(other)}
            >
              {LANGUAGE_NAMES[other]}
            </UnstyledButton>
          ))}
        </div>
      </div>
    </main>
  );
}
