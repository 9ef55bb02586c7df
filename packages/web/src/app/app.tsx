import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useColorScheme } from "../theme/color-scheme.ts";
import { theme } from "../theme/theme.ts";
import { queryClient } from "./query-client.ts";
import { router } from "./router.ts";

/** The whole of the pages. Mantine makes no style tags at run time here: see `theme/tokens.css`. */
export function App() {
  const scheme = useColorScheme();
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={scheme}
      withCssVariables={false}
      withGlobalClasses={false}
      deduplicateInlineStyles
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
