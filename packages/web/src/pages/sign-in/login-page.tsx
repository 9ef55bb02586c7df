import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { session } from "../../api/session.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { SignInFrame } from "./sign-in-frame.tsx";

export function LoginPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const { next } = useSearch({ from: "/login" });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const setup = useQuery({ queryKey: ["setup"], queryFn: ({ signal }) => api("GET /api/v1/setup", { signal }) });
  const login = useMutation({
    mutationFn: () => api("POST /api/v1/login", { body: { name: name.trim().toLowerCase(), password } }),
    onSuccess(me) {
      session.set(me);
      router.history.push(next ?? "/");
    },
    onError: () => setPassword(""),
  });
  return (
    <SignInFrame>
      <h1>{t("signIn.title")}</h1>
      {setup.data?.needed && (
        <div className="notice" data-testid="setup-needed">
          {t("signIn.setupNeeded")}
        </div>
      )}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          login.mutate();
        }}
      >
        <TextInput
          label={t("signIn.user")}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="login-name"
        />
        <PasswordInput
          label={t("common.password")}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-testid="login-password"
        />
        <ErrorNotice error={login.error} />
        <Button type="submit" size="sm" loading={login.isPending} data-testid="login-submit">
          {t("signIn.submit")}
        </Button>
      </form>
    </SignInFrame>
  );
}
