import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Observable, useObservable } from "../browser/observable.ts";
import { live } from "./live.ts";
import { shared } from "./shared.ts";

/** What is known of many things; `loaded` is false until the first whole answer. */
interface View {
  readonly loaded: boolean;
}

interface WholeSource<V extends View, Message> {
  /** Under which a fetched answer is kept. */
  readonly name: string;
  readonly none: V;
  readonly apply: (view: V, message: Message) => V;
  readonly listen: (onMessage: (message: Message) => void) => () => void;
  readonly fetchWhole: (signal: AbortSignal) => Promise<Message>;
}

interface WholeView<V extends View, Message> {
  /** As it is now, for whoever shows it. */
  readonly use: () => V;
  /** As it was told last, without listening. */
  readonly known: () => V;
  /** Takes note of what came another way, such as the answer to a change. */
  readonly note: (message: Message) => void;
  /** Forgets everything: somebody else may sign in at this page. */
  readonly forget: () => void;
}

/** Things of all servers as the live socket tells them, once for all who look; where sockets do not get through they are fetched once. */
export function wholeView<V extends View, Message>(source: WholeSource<V, Message>): WholeView<V, Message> {
  const { name, none, apply, fetchWhole } = source;
  const all = new Observable<V>(none);
  const note = (message: Message): void => all.set(apply(all.get(), message));
  const listen = shared(() => source.listen(note));
  function use(): V {
    useEffect(() => listen(), []);
    const isWaiting = useObservable(live.state).is === "waiting";
    const view = useObservable(all);
    const first = useQuery({
      queryKey: [name],
      queryFn: ({ signal }) => fetchWhole(signal),
      enabled: isWaiting && !view.loaded,
    });
    return useMemo(() => (view.loaded || !first.data ? view : apply(none, first.data)), [view, first.data]);
  }
  return { use, known: () => all.get(), note, forget: () => all.set(none) };
}
