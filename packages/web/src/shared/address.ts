import { useSearchParams } from "react-router";

/** What a page keeps in its address beside its path, so that it can be handed on, reloaded and come back to. */
export interface Address {
  get(name: string): string | null;
  /**
   * @param value null takes the name out of the address
   * @param step whether "back" undoes it; otherwise it belongs to the step that was taken last
   */
  put(name: string, value: string | null, step?: "back undoes it"): void;
}

export function useAddress(): Address {
  const [query, setQuery] = useSearchParams();
  return {
    get: (name) => query.get(name),
    put: (name, value, step) =>
      setQuery(
        () => {
          // What the page was drawn with may be older than what has been put into the address since.
          const after = new URLSearchParams(window.location.search);
          if (value === null) after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: step === undefined },
      ),
  };
}
